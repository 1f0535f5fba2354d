//! The primary code of Lawrence Philips' *Double Metaphone* (C/C++ Users Journal, June 2000): how a name sounds to an
//! English ear that knows some German, French and Italian.

/// Most letters of a code.
const MOST_LETTERS: usize = 4;

/// The code of a name of Latin letters in lower case without accents; other characters say nothing.
pub(super) fn metaphone(clean: &str) -> String {
    let letters: Vec<u8> = clean.bytes().filter(u8::is_ascii_alphabetic).map(|b| b.to_ascii_uppercase()).collect();
    let whole = Letters(&letters);
    let slavic = letters.iter().any(|b| matches!(b, b'W' | b'K')) || letters.windows(2).any(|w| w == b"CZ");
    let mut place = usize::from(whole.any(0, &["GN", "KN", "PN", "WR", "PS"]));
    let mut code = String::new();
    while place < letters.len() && code.len() < MOST_LETTERS {
        let (sound, length) = Place { word: whole, at: place, slavic }.sound();
        code.push_str(sound);
        place = place.saturating_add(length);
    }
    code.truncate(MOST_LETTERS);
    code
}

#[derive(Clone, Copy)]
struct Letters<'a>(&'a [u8]);

impl Letters<'_> {
    /// Whether one of the texts stands at a place.
    fn any(&self, place: usize, texts: &[&str]) -> bool {
        self.0.get(place..).is_some_and(|rest| texts.iter().any(|t| rest.starts_with(t.as_bytes())))
    }
}

/// A letter in its word.
#[derive(Clone, Copy)]
struct Place<'a> {
    word: Letters<'a>,
    at: usize,
    slavic: bool,
}

impl Place<'_> {
    /// The letter a few places on, or a space outside of the word.
    fn letter(&self, on: usize) -> u8 {
        self.at.checked_add(on).and_then(|p| self.word.0.get(p)).copied().unwrap_or(b' ')
    }

    /// The letter a few places back, or a space outside of the word.
    fn back(&self, by: usize) -> u8 {
        self.at.checked_sub(by).and_then(|p| self.word.0.get(p)).copied().unwrap_or(b' ')
    }

    /// Whether one of the texts stands a few places on.
    fn on(&self, by: usize, texts: &[&str]) -> bool {
        self.word.any(self.at.saturating_add(by), texts)
    }

    /// Whether one of the texts stands a few places back.
    fn behind(&self, by: usize, texts: &[&str]) -> bool {
        self.at.checked_sub(by).is_some_and(|p| self.word.any(p, texts))
    }

    fn first(&self) -> bool {
        self.at == 0
    }

    fn last(&self) -> bool {
        self.at.saturating_add(1) == self.word.0.len()
    }

    fn starts(&self, texts: &[&str]) -> bool {
        self.word.any(0, texts)
    }

    /// One letter, or two where it is doubled.
    fn run(&self, others: &[u8]) -> usize {
        if self.letter(1) == self.letter(0) || others.contains(&self.letter(1)) { 2 } else { 1 }
    }

    /// The sound at this place, and how many letters make it.
    fn sound(&self) -> (&'static str, usize) {
        match self.letter(0) {
            b'A' | b'E' | b'I' | b'O' | b'U' | b'Y' => (if self.first() { "A" } else { "" }, 1),
            b'B' => ("P", self.run(&[])),
            b'C' => self.c(),
            b'D' => self.d(),
            b'F' | b'V' => ("F", self.run(&[])),
            b'G' => self.g(),
            b'H' if (self.first() || is_vowel(self.back(1))) && is_vowel(self.letter(1)) => ("H", 2),
            b'J' => self.j(),
            b'K' | b'Q' => ("K", self.run(&[])),
            b'L' => ("L", self.run(&[])),
            b'M' => ("M", self.m()),
            b'N' => ("N", self.run(&[])),
            b'P' if self.letter(1) == b'H' => ("F", 2),
            b'P' => ("P", self.run(b"B")),
            b'R' => (if self.is_french_er() { "" } else { "R" }, self.run(&[])),
            b'S' => self.s(),
            b'T' => self.t(),
            b'W' => self.w(),
            b'X' if self.first() => ("S", 1),
            b'X' => (if self.is_french_x() { "" } else { "KS" }, self.run(b"C")),
            b'Z' if self.letter(1) == b'H' => ("J", 2),
            b'Z' => ("S", self.run(&[])),
            _ => ("", 1),
        }
    }

    fn c(&self) -> (&'static str, usize) {
        if self.is_germanic_ch() {
            ("K", 2)
        } else if self.first() && self.on(0, &["CAESAR"]) {
            ("S", 2)
        } else if self.on(0, &["CH"]) {
            (self.ch(), 2)
        } else if self.on(0, &["CZ"]) && !self.behind(2, &["WICZ"]) {
            ("S", 2)
        } else if self.on(1, &["CIA"]) {
            ("X", 3)
        } else if self.on(0, &["CC"]) && !(self.at == 1 && self.starts(&["M"])) {
            self.cc()
        } else if self.on(0, &["CK", "CG", "CQ"]) {
            ("K", 2)
        } else if self.on(0, &["CI", "CE", "CY"]) {
            ("S", 2)
        } else if self.on(1, &["C", "K", "Q"]) && !self.on(1, &["CE", "CI"]) {
            ("K", 2)
        } else {
            ("K", 1)
        }
    }

    fn is_germanic_ch(&self) -> bool {
        if self.on(0, &["CHIA"]) {
            return true;
        }
        let ach = self.at > 1 && !is_vowel(self.back(2)) && self.behind(1, &["ACH"]);
        ach && (!matches!(self.letter(2), b'I' | b'E') || self.behind(2, &["BACHER", "MACHER"]))
    }

    fn ch(&self) -> &'static str {
        let greek =
            self.first() && self.on(1, &["HARAC", "HARIS", "HOR", "HYM", "HIA", "HEM"]) && !self.starts(&["CHORE"]);
        let after = matches!(self.back(1), b'A' | b'O' | b'U' | b'E') || self.first();
        let before = matches!(self.letter(2), b'L' | b'R' | b'N' | b'M' | b'B' | b'H' | b'F' | b'V' | b'W' | b' ');
        let german = self.starts(&["SCH"]) || self.behind(2, &["ORCHES", "ARCHIT", "ORCHID"]);
        let hard = greek || german || matches!(self.letter(2), b'T' | b'S') || after && before;
        match (self.first(), hard) {
            (false, _) if self.on(0, &["CHAE"]) || self.starts(&["MC"]) => "K",
            (_, true) => "K",
            (_, false) => "X",
        }
    }

    fn cc(&self) -> (&'static str, usize) {
        if !self.on(2, &["I", "E", "H"]) || self.on(2, &["HU"]) {
            return ("K", 2);
        }
        let hard = self.at == 1 && self.back(1) == b'A' || self.behind(1, &["UCCEE", "UCCES"]);
        (if hard { "KS" } else { "X" }, 3)
    }

    fn d(&self) -> (&'static str, usize) {
        match (self.letter(1), self.letter(2)) {
            (b'G', b'I' | b'E' | b'Y') => ("J", 3),
            (b'G', _) => ("TK", 2),
            (b'T' | b'D', _) => ("T", 2),
            _ => ("T", 1),
        }
    }

    fn g(&self) -> (&'static str, usize) {
        let next = self.letter(1);
        if next == b'H' {
            return (self.gh(), 2);
        }
        if next == b'N' {
            let hard = self.slavic || self.on(2, &["EY"]) || self.at == 1 && is_vowel(self.back(1));
            return (if hard { "KN" } else { "N" }, 2);
        }
        if self.on(1, &["LI"]) && !self.slavic {
            return ("KL", 2);
        }
        let hard_start = ["Y", "ES", "EP", "EB", "EL", "EY", "IB", "IL", "IN", "IE", "EI", "ER"];
        let hard_end = self.on(1, &["ER", "Y"])
            && !self.starts(&["DANGER", "RANGER", "MANGER"])
            && !matches!(self.back(1), b'E' | b'I')
            && !self.behind(1, &["RGY", "OGY"]);
        if self.first() && self.on(1, &hard_start) || hard_end {
            return ("K", 2);
        }
        if matches!(next, b'E' | b'I' | b'Y') || self.behind(1, &["AGGI", "OGGI"]) {
            let german = self.starts(&["SCH"]) || self.on(1, &["ET"]);
            return (if german { "K" } else { "J" }, 2);
        }
        ("K", self.run(&[]))
    }

    fn gh(&self) -> &'static str {
        let hush = |by: usize, letters: &[u8]| self.at >= by && letters.contains(&self.back(by));
        if self.first() {
            return if self.letter(2) == b'I' { "J" } else { "K" };
        }
        if !is_vowel(self.back(1)) {
            return "K";
        }
        if hush(2, b"BHD") || hush(3, b"BHD") || hush(4, b"BH") {
            return "";
        }
        match self.back(1) {
            b'U' if self.at > 2 && matches!(self.back(3), b'C' | b'G' | b'L' | b'R' | b'T') => "F",
            b'I' => "",
            _ => "K",
        }
    }

    fn j(&self) -> (&'static str, usize) {
        if self.on(0, &["JOSE"]) {
            return (if self.first() && self.word.0.len() == 4 { "H" } else { "J" }, 1);
        }
        let spanish = is_vowel(self.back(1)) && !self.slavic && matches!(self.letter(1), b'A' | b'O');
        let silent =
            self.on(1, &["L", "T", "K", "S", "N", "M", "B", "Z"]) || matches!(self.back(1), b'S' | b'K' | b'L');
        let heard = self.first() || spanish || self.last() || !silent;
        (if heard { "J" } else { "" }, self.run(&[]))
    }

    /// How many letters an M takes: the B of `thumb` is silent.
    fn m(&self) -> usize {
        let after = self.at.saturating_add(2) == self.word.0.len() || self.on(2, &["ER"]);
        if self.behind(1, &["UMB"]) && after { 2 } else { self.run(&[]) }
    }

    /// `-ier` at the end, as in `Rogier`.
    fn is_french_er(&self) -> bool {
        self.last() && !self.slavic && self.behind(2, &["IE"]) && !self.behind(4, &["ME", "MA"])
    }

    /// `-eaux`, `-aux`, `-oux` at the end.
    fn is_french_x(&self) -> bool {
        self.last() && (self.behind(3, &["IAU", "EAU"]) || self.behind(2, &["AU", "OU"]))
    }

    fn s(&self) -> (&'static str, usize) {
        if self.behind(1, &["ISL", "YSL"]) {
            ("", 1)
        } else if self.first() && self.on(0, &["SUGAR"]) {
            ("X", 1)
        } else if self.on(0, &["SH"]) {
            (if self.on(1, &["HEIM", "HOEK", "HOLM", "HOLZ"]) { "S" } else { "X" }, 2)
        } else if self.on(0, &["SIO", "SIA"]) {
            ("S", 3)
        } else if self.on(0, &["SC"]) {
            (self.sc(), 3)
        } else if self.last() && self.behind(2, &["AI", "OI"]) {
            ("", 1)
        } else {
            ("S", self.run(b"Z"))
        }
    }

    fn sc(&self) -> &'static str {
        match self.letter(2) {
            b'H' if self.on(3, &["OO", "UY", "ED", "EM"]) => "SK",
            b'H' => "X",
            b'I' | b'E' | b'Y' => "S",
            _ => "SK",
        }
    }

    fn t(&self) -> (&'static str, usize) {
        if self.on(0, &["TION", "TIA", "TCH"]) {
            return ("X", 3);
        }
        if self.on(0, &["TH", "TTH"]) {
            // `0` is the sound of `th`.
            let hard = self.on(2, &["OM", "AM"]) || self.starts(&["SCH"]);
            return (if hard { "T" } else { "0" }, 2);
        }
        ("T", self.run(b"D"))
    }

    fn w(&self) -> (&'static str, usize) {
        if self.on(0, &["WR"]) {
            ("R", 2)
        } else if self.first() && (is_vowel(self.letter(1)) || self.on(0, &["WH"])) {
            ("A", 1)
        } else if self.on(0, &["WICZ", "WITZ"]) {
            ("TS", 4)
        } else {
            ("", 1)
        }
    }
}

fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'A' | b'E' | b'I' | b'O' | b'U' | b'Y')
}
