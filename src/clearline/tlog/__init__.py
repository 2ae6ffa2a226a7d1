"""Record hash, tree, checkpoint, proof and cosignature."""
