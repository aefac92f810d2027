//! Names of months and weekdays in the six languages of the shipped labels.

use chrono::Weekday;

use crate::fold::fold;

/// Names by month; a name is known by its first letters too, three at least, when no other month begins with them.
const MONTHS: [&[&str]; 12] = [
    &["january", "januari", "januar", "janner", "janvier", "enero", "gennaio"],
    &["february", "februari", "februar", "fevrier", "febrero", "febbraio"],
    &["march", "maart", "marz", "maerz", "mars", "marzo", "mrt"],
    &["april", "avril", "abril", "aprile", "avr"],
    &["may", "mei", "mai", "mayo", "maggio"],
    &["june", "juni", "juin", "junio", "giugno"],
    &["july", "juli", "juillet", "julio", "luglio"],
    &["august", "augustus", "aout", "agosto"],
    &["september", "septembre", "septiembre", "settembre"],
    &["october", "oktober", "octobre", "octubre", "ottobre"],
    &["november", "novembre", "noviembre"],
    &["december", "dezember", "decembre", "diciembre", "dicembre"],
];

const DAYS: [(&[&str], Weekday); 7] = [
    (&["monday", "maandag", "montag", "lundi", "lunes", "lunedi"], Weekday::Mon),
    (&["tuesday", "dinsdag", "dienstag", "mardi", "martes", "martedi"], Weekday::Tue),
    (&["wednesday", "woensdag", "mittwoch", "mercredi", "miercoles", "mercoledi"], Weekday::Wed),
    (&["thursday", "donderdag", "donnerstag", "jeudi", "jueves", "giovedi"], Weekday::Thu),
    (&["friday", "vrijdag", "freitag", "vendredi", "viernes", "venerdi"], Weekday::Fri),
    (&["saturday", "zaterdag", "samstag", "sonnabend", "samedi", "sabado", "sabato"], Weekday::Sat),
    (&["sunday", "zondag", "sonntag", "dimanche", "domingo", "domenica"], Weekday::Sun),
];

/// 1 to 12.
pub(crate) fn month(written: &str) -> Option<u32> {
    let folded = fold(written);
    if folded.len() < 3 {
        return None;
    }
    let mut fitting = (1u32..).zip(MONTHS).filter(|(_, names)| names.iter().any(|n| n.starts_with(&folded)));
    let (number, _) = fitting.next()?;
    fitting.next().is_none().then_some(number)
}

/// By its name, or three letters of it at least.
pub(crate) fn weekday(written: &str) -> Option<Weekday> {
    let folded = fold(written);
    if folded.len() < 3 {
        return None;
    }
    let mut fitting = DAYS.iter().filter(|(names, _)| names.iter().any(|n| n.starts_with(&folded)));
    let (_, day) = fitting.next()?;
    fitting.next().is_none().then_some(*day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_known_by_name_and_by_their_first_letters() {
        for (written, number) in
            [("Sept", 9), ("févr.", 2), ("mrt", 3), ("März", 3), ("Mai", 5), ("juin", 6), ("juil.", 7), ("Dez", 12), ("ago", 8), ("ene", 1)]
        {
            assert_eq!(month(written), Some(number), "{written}");
        }
        for written in ["jui", "ma", "invoice", ""] {
            assert_eq!(month(written), None, "{written}");
        }
    }

    #[test]
    fn weekdays_are_known_by_name_and_by_three_letters() {
        assert_eq!(weekday("Tue"), Some(Weekday::Tue));
        assert_eq!(weekday("don"), Some(Weekday::Thu));
        assert_eq!(weekday("mar"), Some(Weekday::Tue));
        assert_eq!(weekday("so"), None);
        assert_eq!(weekday("Donnerstag"), Some(Weekday::Thu));
    }
}
