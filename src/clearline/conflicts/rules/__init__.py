"""Rules beside separation: one module a rule, each with its source and a sentence for officers."""
