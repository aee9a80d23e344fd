"""Words that stand in a cell that names nobody and nothing: what programs write, and what people
write in the commonest languages of the collections that pleura reads.

A word that could be somebody's name, or a place, is none of them: such rows would be refused.
"""

import re
import unicodedata

# What programs write into a cell that has no value.
MISSING = {"", "nan", "na", "n/a", "nat", "null"}
# Errors of spreadsheets: #N/A, #NV, #REF!, #DIV/0!, #NAME?, #WERT!, Err:502.
_ERROR = re.compile(r"#(n/?[adv]|[^\W\d]+(/0)?[!?]|getting_data)|err(or)?:\d+", re.IGNORECASE)
# With a stop, the first letter is a small one: `N.D.` and `K.A.` may be somebody's initials.
_SHORT = re.compile(r"[nN][._][aA]\.?|n\.[bdkrv]\.?|k\.A\.?|[nN]/[adkrvADKRV]")

_WORDS = {
    *("nan", "na", "nat", "null", "none", "nil", "nothing", "blank", "empty", "missing", "unk"),
    *("tbd", "tobedetermined", "tobeannounced", "tobeconfirmed", "notyetknown"),
    *("redacted", "removed", "deleted", "withheld", "nobody"),
    *("unbekannt", "unbenannt", "namenlos", "fehlt", "fehlend"),
    *("inconnu", "inconnue", "manquant", "manquante"),
    *("desconocido", "desconocida", "faltante", "desconhecido", "desconhecida"),
    *("sconosciuto", "sconosciuta", "mancante", "onbekend"),
}
# unknown, un-known; not known, not_recorded; nicht bekannt; non renseigné; no consta
_DENIED = re.compile(
    r"(un|not|non|nicht|no)"
    r"(available|applicable|known|named|recorded|identified|identifiable|defined|specified|stated|"
    r"given|provided|assigned|reported|disclosed|determined|documented|supplied|entered|found|set|"
    r"bekannt|angegeben|verfugbar|verfuegbar|vorhanden|erfasst|anwendbar|zutreffend|"
    r"renseignee?|disponible|connue?|precisee?|communiquee?|specifiee?|identifiee?|"
    r"aplica|aplicable|conocid[oa]|consta|especificad[oa]|identificad[oa]|registrad[oa]|"
    r"disponibile|not[oa]|specificat[oa]|identificat[oa]|conosciut[oa]|applicabile)"
)
# no id, no_name, without name, keine Angabe, sans nom, sin datos, senza nome
_WITHOUT = re.compile(
    r"(no|without|keine?|ohne|sans|aucune?|sin|senza|nessuna?)"
    r"(id|identifier|number|mrn|name|patient|data|value|info|information|entry|record|"
    r"angaben?|daten|nummer|wert|nom|donnees?|valeur|nombre|datos?|valor|nome|dat[oi]|valore)"
)
# anon, anonymised, anonyme, anónimo, de-identified, pseudonymised
_HIDDEN = re.compile(
    r"anon|(anonym|pseudonym)(ous|i[sz]ed|isiert|isee?|e[rs]?)?|"
    r"(anonim|pseudonim|seudonim)(o|a|i[zs]ad[oa]|izzat[oa])|de?identified|deidentifi(e|cad[oa])"
)
# What such a word may stand beside: unknown patient, patient name unknown.
_OF_WHOM = re.compile(
    r"^(patient|subject|case|person)?(id|name)?(?=.{5})|(patient|subject|person)$"
)
_JOINED = re.compile(r"(?<=[^\W_]{2})[_/'-]+(?=[^\W_]{2})")  # between words, not between initials
_AROUND = re.compile(r"^[\W_]+|[\W_]+$|\s")
_FRAME = "<>()[]{}#='\""


def is_program_word(text: str) -> bool:
    """Whether programs write `text` where there is no value: nan, NULL, <NA>, #REF!."""
    text = "".join(text.casefold().split())
    return text.strip(_FRAME) in MISSING or bool(_ERROR.fullmatch(text))


def is_word_for_nothing(text: str) -> bool:
    """Whether people or programs write `text` where nobody is named: not_recorded, unidentified,
    anon, n.d., unbekannt, #VALUE!. Case, accents, blanks and punctuation make no difference, but
    whatever has another word or a number in it is a name, and so are initials with stops."""
    if is_program_word(text) or _SHORT.fullmatch("".join(text.split()).strip(_FRAME)):
        return True
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(filter(lambda character: not unicodedata.combining(character), decomposed))
    word = _JOINED.sub("", _AROUND.sub("", letters))
    return not word or _names_nothing(word) or _names_nothing(_OF_WHOM.sub("", word))


def _names_nothing(word: str) -> bool:
    return word in _WORDS or any(it.fullmatch(word) for it in (_DENIED, _WITHOUT, _HIDDEN))
