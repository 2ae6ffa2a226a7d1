"""What the drawn chart says in each of the channel's languages; everything else on it is references and figures.

Source of the terms: the console's texts (`console/src/i18n`), which say the same things by the same words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from clearline.faces.languages import filled

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "title": (
        "Chart of {channel}: notices in force and to come",
        "{channel} haritası: yürürlükteki ve gelecek bildirimler",
        "מפת {channel}: הודעות בתוקף ועתידיות",
        "خريطة {channel}: الإشعارات السارية والقادمة",
        "Карта {channel}: действующие и предстоящие уведомления",
        "{channel} xəritəsi: qüvvədə olan və gələcək bildirişlər",
    ),
    "drill": (
        "DRILL — NOTHING HERE IS REAL",
        "TATBİKAT — BURADAKİ HİÇBİR ŞEY GERÇEK DEĞİLDİR",
        "תרגיל — דבר מן הנראה כאן אינו אמיתי",
        "تمرين — لا شيء هنا حقيقي",
        "УЧЕНИЯ — ВСЁ ЗДЕСЬ УСЛОВНО",
        "TƏLİM — BURADA HEÇ NƏ REAL DEYİL",
    ),
    "drill.word": ("DRILL", "TATBİKAT", "תרגיל", "تمرين", "УЧЕНИЯ", "TƏLİM"),
    "zone": ("zone", "bölge", "אזור", "منطقة", "зона", "zona"),
    "red_line": ("red line", "kırmızı çizgi", "קו אדום", "خط أحمر", "красная линия", "qırmızı xətt"),
    "revision": (
        "{what} {reference} (rev {revision})",
        "{what} {reference} (sürüm {revision})",
        "{what} {reference} (גרסה {revision})",
        "{what} {reference} (النسخة {revision})",
        "{what} {reference} (версия {revision})",
        "{what} {reference} (variant {revision})",
    ),
    "areas": (
        "zone or red line, as stated by its party",
        "bölge veya kırmızı çizgi, tarafının bildirdiği gibi",
        "אזור או קו אדום, כפי שהצהיר הצד",
        "منطقة أو خط أحمر، كما أعلنه طرفه",
        "зона или красная линия, как заявила сторона",
        "zona və ya qırmızı xətt, tərəfin bəyan etdiyi kimi",
    ),
    "conflicts": (
        "conflict, numbered as in the list",
        "çakışma, listedeki numarasıyla",
        "התנגשות, ממוספרת כמו ברשימה",
        "تعارض، مرقّم كما في القائمة",
        "конфликт, номер как в списке",
        "ziddiyyət, siyahıdakı nömrəsi ilə",
    ),
    "contested": (
        "contested line, named by treaty or line: no border",
        "tartışmalı hat, antlaşma veya hat adıyla: sınır değildir",
        "קו שנוי במחלוקת, בשם ההסכם או הקו: אינו גבול",
        "خط متنازع عليه، باسم الاتفاق أو الخط: ليس حدودًا",
        "спорная линия, по названию договора или линии: не граница",
        "mübahisəli xətt, müqavilənin və ya xəttin adı ilə: sərhəd deyil",
    ),
    "edges": (
        "Edges are geodesics on WGS 84. For orientation, not for measuring.",
        "Kenarlar WGS 84 üzerinde jeodeziktir. Yön bulmak içindir, ölçmek için değil.",
        "הצלעות הן קווים גאודטיים על WGS 84. להתמצאות, לא למדידה.",
        "الحواف خطوط جيوديسية على WGS 84. للتوجيه لا للقياس.",
        "Края — геодезические линии на WGS 84. Для ориентировки, не для измерений.",
        "Kənarlar WGS 84 üzərində geodezik xətlərdir. İstiqamətlənmək üçündür, ölçmək üçün deyil.",
    ),
    "permission": (
        "Not a permission.",
        "İzin değildir.",
        "אינו היתר.",
        "ليس إذنًا.",
        "Не разрешение.",
        "İcazə deyil.",
    ),
    "simplified": (
        "≈ outer edge of a notice, simplified; all volumes are in the tables",
        "≈ bir bildirimin dış sınırı, basitleştirilmiş; bütün hacimler tablolarda",
        "≈ הגבול החיצוני של הודעה, מפושט; כל הנפחים נמצאים בטבלאות",
        "≈ الحدّ الخارجي لإشعار، مبسّطًا؛ جميع الأحجام في الجداول",
        "≈ внешняя граница уведомления, упрощённо; все объёмы есть в таблицах",
        "≈ bildirişin xarici sərhədi, sadələşdirilmiş; bütün həcmlər cədvəllərdədir",
    ),
    "draft": (
        "draft, not released",
        "taslak, yayımlanmadı",
        "טיוטה, טרם הופצה",
        "مسودة لم تصدر بعد",
        "проект, не выпущен",
        "layihə, göndərilməyib",
    ),
    "left_out": (
        "Not drawn here: {count}; everything is in the tables.",
        "Burada çizilmeyen: {count}; hepsi tablolarda.",
        "לא משורטטות כאן: {count}; הכול נמצא בטבלאות.",
        "غير مرسوم هنا: {count}؛ كل شيء في الجداول.",
        "Здесь не начерчено: {count}; всё есть в таблицах.",
        "Burada çəkilməyib: {count}; hamısı cədvəllərdədir.",
    ),
}


def text(key: str, language: str, **values: object) -> str:
    """Return a text in a language of the channel, filled by name, isolated where the language runs from the right."""
    return filled(_WORDS, key, language, **values)
