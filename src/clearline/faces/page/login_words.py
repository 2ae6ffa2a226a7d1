"""What the login says in each of the channel's languages, and how a refused try is worded.

Source of the terms: the console's texts (`console/src/i18n`), which say the same things by the same words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from clearline.errors import ClearlineError
from clearline.faces.languages import filled

MINUTES_FROM_S = 120
"""From here on a wait is said in minutes, rounded up: nobody counts 840 seconds."""

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "log in": ("Log in", "Giriş yap", "כניסה", "تسجيل الدخول", "Войти", "Daxil ol"),
    "language": ("Language", "Dil", "שפה", "اللغة", "Язык", "Dil"),
    "channel": (
        "Channel {channel}",
        "Kanal: {channel}",
        "ערוץ {channel}",
        "القناة {channel}",
        "Канал {channel}",
        "Kanal: {channel}",
    ),
    "account": ("Account", "Hesap", "חשבון", "الحساب", "Учётная запись", "Hesab"),
    "passphrase": ("Passphrase", "Parola", "ביטוי סיסמה", "عبارة المرور", "Парольная фраза", "Parol ifadəsi"),
    "officer": (
        "As officer (number; empty for the account's first)",
        "Hangi subay olarak (numara; boşsa hesabın ilki)",
        "כקצין (מספר; ריק: הראשון של החשבון)",
        "بصفة الضابط (الرقم؛ يُترك فارغًا للأول في الحساب)",
        "Как офицер (номер; пусто: первый у этой записи)",
        "Hansı zabit kimi (nömrə; boşdursa, hesabın birincisi)",
    ),
    "token": (
        "Or the token of the watch position",
        "Ya da nöbet yerinin belirteci",
        "או האסימון של התפקיד במשמרת",
        "أو رمز دخول مركز المناوبة",
        "Или токен дежурного поста",
        "Və ya növbə postunun tokeni",
    ),
    "to page": (
        "Log in to the page for reading (no scripts)",
        "Yalnız okuma sayfasına gir (İngilizce, betiksiz)",
        "כניסה לדף לקריאה בלבד (באנגלית, ללא סקריפטים)",
        "الدخول إلى صفحة القراءة فقط (بالإنجليزية، دون برامج نصية)",
        "Войти на страницу для чтения (по-английски, без скриптов)",
        "Yalnız oxu səhifəsinə daxil ol (ingiliscə, skriptsiz)",
    ),
    "ends": (
        "A session ends after 30 minutes without the page open, and after 12 hours in any case.",
        "Oturum, sayfa 30 dakika açık durmazsa, her durumda da 12 saat sonra sona erer.",
        "הכניסה פוקעת לאחר 30 דקות שבהן הדף אינו פתוח, ובכל מקרה לאחר 12 שעות.",
        "تنتهي الجلسة بعد 30 دقيقة دون أن تكون الصفحة مفتوحة، وفي كل الأحوال بعد 12 ساعة.",
        "Сеанс кончается через 30 минут без открытой страницы и в любом случае через 12 часов.",
        "Səhifə 30 dəqiqə açıq qalmasa, hər halda isə 12 saatdan sonra seans bitir.",
    ),
    "console": (
        "Open the watch desk",
        "Nöbet masasını Türkçe aç",
        "פתיחת שולחן המשמרת בעברית",
        "فتح مكتب المناوبة بالعربية",
        "Открыть рабочее место дежурного на русском",
        "Növbətçi masasını Azərbaycanca aç",
    ),
    "in English": (
        "This page is for reading.",
        "Bu sayfa okumak içindir ve İngilizcedir.",
        "דף זה נועד לקריאה והוא באנגלית.",
        "هذه الصفحة للقراءة وهي بالإنجليزية.",
        "Эта страница для чтения, она на английском.",
        "Bu səhifə oxumaq üçündür və ingiliscədir.",
    ),
    "s": ("{n} s", "{n} sn", "{n} שנ׳", "{n} ث", "{n} с", "{n} san"),
    "min": ("{n} min", "{n} dk", "{n} דק׳", "{n} د", "{n} мин", "{n} dəq"),
    "no-access": (
        "This token admits nobody here.",
        "Bu belirteç burada kimseye giriş vermiyor.",
        "האסימון הזה אינו מתיר כניסה לאיש כאן.",
        "رمز الدخول هذا لا يخوّل أحدًا هنا.",
        "Этот токен здесь никого не допускает.",
        "Bu token burada heç kimə giriş vermir.",
    ),
    "not-admitted": (
        "This account and passphrase do not fit each other.",
        "Bu hesap ile parola birbirine uymuyor.",
        "החשבון וביטוי הסיסמה אינם תואמים זה את זה.",
        "هذا الحساب وعبارة المرور لا يتطابقان.",
        "Учётная запись и парольная фраза не подходят друг к другу.",
        "Bu hesab və parol ifadəsi bir-birinə uyğun gəlmir.",
    ),
    "other-officer": (
        "This account does not act as officer {officer} at this node.",
        "Bu hesap bu düğümde {officer} numaralı subay olarak işlem yapamaz.",
        "חשבון זה אינו פועל כקצין {officer} בצומת זה.",
        "هذا الحساب لا يعمل بصفة الضابط {officer} في هذه العقدة.",
        "На этом узле эта учётная запись не действует как офицер {officer}.",
        "Bu hesab bu qovşaqda {officer} nömrəli zabit kimi çıxış etmir.",
    ),
    "too-many-tries": (
        "Too many wrong tokens came from this address; try again in {wait}.",
        "Bu adresten çok fazla yanlış belirteç geldi; yeniden deneyebileceğiniz süre: {wait}.",
        "יותר מדי אסימונים שגויים הגיעו מכתובת זו; אפשר לנסות שוב בעוד {wait}.",
        "جاءت من هذا العنوان رموز دخول خاطئة كثيرة؛ تُعاد المحاولة بعد {wait}.",
        "С этого адреса пришло слишком много неверных токенов; повторите через {wait}.",
        "Bu ünvandan çox sayda yanlış token gəldi; yenidən cəhdə qədər: {wait}.",
    ),
    "wait-to-try": (
        "Wrong passphrases came from this address; try again in {wait}. The account itself is not closed: another "
        "address is not held up.",
        "Bu adresten yanlış parolalar geldi; yeniden deneyebileceğiniz süre: {wait}. Hesabın kendisi kapatılmadı: "
        "başka bir adres bekletilmez.",
        "ביטויי סיסמה שגויים הגיעו מכתובת זו; אפשר לנסות שוב בעוד {wait}. החשבון עצמו אינו נעול: כתובת אחרת אינה "
        "מתעכבת.",
        "جاءت من هذا العنوان عبارات مرور خاطئة؛ تُعاد المحاولة بعد {wait}. الحساب نفسه غير مغلق: لا يتأخر عنوان آخر.",
        "С этого адреса пришли неверные парольные фразы; повторите через {wait}. Сама учётная запись не закрыта: "
        "другой адрес не задерживается.",
        "Bu ünvandan yanlış parol ifadələri gəldi; yenidən cəhdə qədər: {wait}. Hesabın özü bağlanmayıb: başqa ünvan "
        "gözlədilmir.",
    ),
    "too-many-requests": (
        "Too many requests; try again in {wait}.",
        "Çok fazla istek; yeniden deneyebileceğiniz süre: {wait}.",
        "יותר מדי בקשות; אפשר לנסות שוב בעוד {wait}.",
        "طلبات كثيرة جدًا؛ تُعاد المحاولة بعد {wait}.",
        "Слишком много запросов; повторите через {wait}.",
        "Həddən artıq sorğu; yenidən cəhdə qədər: {wait}.",
    ),
    "foreign-form": (
        "This form can be sent by this node's own page alone. Open the page and try again.",
        "Bu form yalnız bu düğümün kendi sayfasından gönderilebilir. Sayfayı açıp yeniden deneyin.",
        "טופס זה ניתן לשליחה רק מן הדף של הצומת עצמו. יש לפתוח את הדף ולנסות שוב.",
        "لا يُرسل هذا النموذج إلا من صفحة هذه العقدة نفسها. افتح الصفحة وحاول مجددًا.",
        "Эту форму можно отправить только со страницы самого узла. Откройте страницу и повторите.",
        "Bu forma yalnız bu qovşağın öz səhifəsindən göndərilə bilər. Səhifəni açıb yenidən cəhd edin.",
    ),
}


def text(key: str, language: str, **values: object) -> str:
    """Return a text of the login in a language of the channel."""
    return filled(_WORDS, key, language, **values)


def refusal(fault: ClearlineError, language: str) -> str:
    """Word why a try to log in was refused; a refusal that is not known here stands in the node's own English."""
    officer = fault.members.get("officer")
    key = fault.slug if officer is None else "other-officer"
    if key not in _WORDS:
        return fault.message
    return text(key, language, officer=officer, wait=_wait(fault.members.get("retry_after_s", 0), language))


def _wait(seconds: int, language: str) -> str:
    if seconds < MINUTES_FROM_S:
        return text("s", language, n=seconds)
    return text("min", language, n=-(-seconds // 60))
