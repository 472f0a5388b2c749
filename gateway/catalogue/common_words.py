"""Words that everybody writes: those of the catalogue, and those that hold sentences together.

A peer could send a phrase of a letter as the name of a person, and no letter with it would leave
any more. What is made up of such words alone is therefore no name inside a text, whoever bears it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from gateway.catalogue.text import compact, folded

# What English letters between authorities are held together by, beside the words of the catalogue.
_WORDS: Final = """
    a about above accordance according accordingly account acknowledge addition additional after
    again against ahead all almost along already also although always am among an and another any
    appreciate appreciated are around as at attached attention aware away back be because been
    before behalf behind being below beside besides best between beyond both bring but by call can
    cannot case cases certain clause clear close come concern concerned concerning confirm
    connection consider considered contrary copy could course current currently date day days dear
    did do does doing done down due during each earlier either else enclosed end enough even ever
    every everything excellency except expect fact far few find first follow followed following
    for former forward found from full fully further furthermore general give given go good
    government grateful had hand has have having he hello help her here hereby herewith him his
    honour honourable hope how however i if immediately in included including indeed inform
    information informed instead into is it its itself just keep kind kindly know known last later
    least less let letter like likely list little look looking made madam make many matter matters
    may me mean meanwhile meeting memorandum might mind month months more moreover most much must
    my namely near necessary need needed neither never nevertheless new next no none nor not note
    noted nothing now number of off office official often on once one only open or order other
    others our ours out over own part particular past pending per perhaps person persons place
    please pleased point possible prior provide provided purpose question questions quite rather
    reach receipt receive received recent recently reference referred referring refer regard
    regarding regards related remain reply request requested require required respect respectfully
    respecting response result right said same say second see seem seen send sent several shall
    she should since sincerely sir sirs so some soon sorry state stated still subject such take
    taken than thank thanks that the their them themselves then there thereafter therefore
    thereof these they thing third this those though three through throughout thus time times to
    today together too took toward towards truly two under understand until up upon urgent us use
    used usual very via view want was way we week weeks welcome well were what whatever when where
    whereas whether which while who whole whom whose why will wish with within without would
    write writing written year years yes yet you your yours yourself faithfully
"""
_WORD: Final = re.compile(r"[^\W\d_]+")
_BEYOND_LATIN: Final = "\u0250"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonWords:
    """Words and, of scripts that write no spaces between them, whole texts."""

    words: frozenset[str] = field(repr=False)
    runs: str = field(repr=False)

    @classmethod
    def of(cls, texts: Iterable[str]) -> "CommonWords":
        """Return the words of some texts, with those that every letter has."""
        words, runs = set(_WORDS.split()), []
        for text in map(folded, texts):
            words.update(_WORD.findall(text))
            if not text.isascii():
                runs.append(compact(text))
        return cls(words=frozenset(words), runs="\n".join(runs))

    def make_up(self, text: str) -> bool:
        """Tell whether a text is made up of these alone.

        >>> CommonWords.of(("Certificate", "特定技能制度の運用")).make_up("THE CERTIFICATE OF")
        True
        """
        plain = folded(text)
        found = _WORD.findall(plain)
        if not found:
            return False
        if plain[0] >= _BEYOND_LATIN:
            return compact(plain) in self.runs
        return all(each in self.words for each in found)
