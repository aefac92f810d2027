//! Letters of the standard fonts that every reader of PDFs has (ISO 32000-1, 9.6.2.2), and how wide they are.

/// A standard font.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// Sans serif.
    Helvetica,
    /// Sans serif, leaning.
    HelveticaOblique,
    /// Sans serif, bold.
    HelveticaBold,
    /// With serifs.
    Times,
    /// With serifs, bold.
    TimesBold,
    /// With serifs, leaning.
    TimesItalic,
    /// Of a typewriter.
    Courier,
    /// Of a typewriter, bold.
    CourierBold,
}

/// Widths of the characters 32 to 126 in thousandths of the size, as Adobe's metrics of the standard fonts have them.
const HELVETICA: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278,
    278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722,
    667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556,
    556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
const HELVETICA_BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333,
    333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722,
    667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611,
    611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];
const TIMES: [u16; 95] = [
    250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 278,
    278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611, 556, 722, 722, 333, 389, 722, 611, 889, 722, 722, 556, 722, 667, 556, 611, 722,
    722, 944, 722, 722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500, 278, 778, 500, 500, 500,
    500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
];
const TIMES_BOLD: [u16; 95] = [
    250, 333, 555, 500, 500, 1000, 833, 278, 333, 333, 500, 570, 250, 333, 250, 278, 500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 333,
    333, 570, 570, 570, 500, 930, 722, 667, 722, 722, 667, 611, 778, 778, 389, 500, 778, 667, 944, 722, 778, 611, 778, 722, 556, 667, 722,
    722, 1000, 722, 722, 667, 333, 278, 333, 581, 500, 333, 500, 556, 444, 556, 444, 333, 500, 556, 278, 333, 556, 278, 833, 556, 500, 556,
    556, 444, 389, 333, 556, 500, 722, 500, 500, 444, 394, 220, 394, 520,
];
const TIMES_ITALIC: [u16; 95] = [
    250, 333, 420, 500, 500, 833, 778, 214, 333, 333, 500, 675, 250, 333, 250, 278, 500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 333,
    333, 675, 675, 675, 500, 920, 611, 611, 667, 722, 611, 611, 722, 722, 333, 444, 667, 556, 833, 667, 722, 611, 722, 611, 500, 556, 722,
    611, 833, 611, 556, 556, 389, 278, 389, 422, 500, 333, 500, 500, 444, 500, 444, 278, 500, 500, 278, 278, 444, 278, 722, 500, 500, 500,
    500, 389, 389, 278, 500, 444, 667, 444, 444, 389, 400, 275, 400, 541,
];

impl Face {
    /// Every one.
    pub(crate) const ALL: [Self; 8] = [
        Self::Helvetica,
        Self::HelveticaOblique,
        Self::HelveticaBold,
        Self::Times,
        Self::TimesBold,
        Self::TimesItalic,
        Self::Courier,
        Self::CourierBold,
    ];

    /// Its name in a PDF.
    pub(crate) fn base_font(self) -> &'static [u8] {
        match self {
            Self::Helvetica => b"Helvetica",
            Self::HelveticaOblique => b"Helvetica-Oblique",
            Self::HelveticaBold => b"Helvetica-Bold",
            Self::Times => b"Times-Roman",
            Self::TimesBold => b"Times-Bold",
            Self::TimesItalic => b"Times-Italic",
            Self::Courier => b"Courier",
            Self::CourierBold => b"Courier-Bold",
        }
    }

    /// Its name in a page's resources.
    pub(crate) fn resource(self) -> &'static [u8] {
        match self {
            Self::Helvetica => b"H",
            Self::HelveticaOblique => b"HO",
            Self::HelveticaBold => b"HB",
            Self::Times => b"T",
            Self::TimesBold => b"TB",
            Self::TimesItalic => b"TI",
            Self::Courier => b"C",
            Self::CourierBold => b"CB",
        }
    }

    /// The bold one of its family.
    pub(crate) fn bold(self) -> Self {
        match self {
            Self::Helvetica | Self::HelveticaOblique | Self::HelveticaBold => Self::HelveticaBold,
            Self::Times | Self::TimesBold | Self::TimesItalic => Self::TimesBold,
            Self::Courier | Self::CourierBold => Self::CourierBold,
        }
    }

    /// How far a character leads, in sizes.
    pub(crate) fn advance(self, character: char) -> f64 {
        let table = match self {
            Self::Courier | Self::CourierBold => return 0.6,
            Self::Helvetica | Self::HelveticaOblique => &HELVETICA,
            Self::HelveticaBold => &HELVETICA_BOLD,
            Self::Times => &TIMES,
            Self::TimesBold => &TIMES_BOLD,
            Self::TimesItalic => &TIMES_ITALIC,
        };
        let of = |c: char| (c as usize).checked_sub(32).and_then(|n| table.get(n)).copied();
        let width = of(unaccented(character)).unwrap_or_else(|| self.special(character));
        f64::from(width) / 1000.0
    }

    /// What is neither ASCII nor a letter with an accent.
    fn special(self, character: char) -> u16 {
        let sans = matches!(self, Self::Helvetica | Self::HelveticaOblique | Self::HelveticaBold);
        match character {
            'ì'..='ï' | 'Ì'..='Ï' => 278,
            'ß' if sans => 611,
            'ß' if self == Self::TimesBold => 556,
            '°' => 400,
            '·' if sans => 278,
            '·' => 250,
            'œ' if sans => 944,
            'œ' => 722,
            'º' if sans => 365,
            'º' => 310,
            '•' => 350,
            _ if sans => 556,
            _ => 500,
        }
    }
}

/// Letters with an accent are as wide as those without, but for the small i.
fn unaccented(character: char) -> char {
    match character {
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ñ' => 'n',
        'ò'..='ö' => 'o',
        'ù'..='ü' => 'u',
        'À'..='Å' => 'A',
        'Ç' => 'C',
        'È'..='Ë' => 'E',
        'Ñ' => 'N',
        'Ò'..='Ö' => 'O',
        'Ù'..='Ü' => 'U',
        'Ì'..='Ï' => 'I',
        other => other,
    }
}

/// A text in the encoding that the fonts are used with (WinAnsi, ISO 32000-1, D.2). What it has no place for becomes a question mark.
pub(crate) fn encoded(text: &str) -> Vec<u8> {
    let byte = |c: char| match c {
        '€' => 0x80,
        'Œ' => 0x8c,
        '’' => 0x92,
        '•' => 0x95,
        '–' => 0x96,
        '—' => 0x97,
        'œ' => 0x9c,
        ' '..='~' | '\u{a1}'..='\u{ff}' => c as u32 as u8,
        _ => b'?',
    };
    text.chars().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_have_the_widths_of_the_standard_fonts() {
        assert!((Face::Helvetica.advance('W') - 0.944).abs() < 1e-9);
        assert!((Face::Times.advance('é') - 0.444).abs() < 1e-9);
        assert!((Face::HelveticaBold.advance('€') - 0.556).abs() < 1e-9);
        assert!((Face::Helvetica.advance('ï') - 0.278).abs() < 1e-9);
        assert!((Face::CourierBold.advance('i') - 0.6).abs() < 1e-9);
    }

    #[test]
    fn the_euro_has_a_place_and_the_snowman_has_none() {
        assert_eq!(encoded("1 €ß☃"), [b'1', b' ', 0x80, 0xdf, b'?']);
    }
}
