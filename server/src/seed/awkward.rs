//! People whose names break careless programs. They are among the first thousand, and begin with
//! letters, so that they are not the first that somebody sees of Roster.

use types::accounts::AccountForm;

/// Every so many-th of the first people is one of them.
pub const EVERY: u64 = 37;

const LONG_FIRST: &str =
    "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafewarenwohl";
const LONG_LAST: &str =
    "Uvuvwevwevwe Onyetenyevwe Ugwemuhwem Osas Keihanaikukauakahihuliheekahaunaele Rhoshandiatellyneshiau";

/// First name, last name, and what stands before the `@`. The first one is in every seeded database.
const PEOPLE: [(&str, &str, &str); 27] = [
    ("Siobhán", "O'Brien", "siobhan.o'brien"),
    ("Marco", "D'Angelo", "marco.d'angelo"),
    ("Samy <script>alert(1)</script>", "Tables", "script.tables"),
    ("Robert'); DROP TABLE accounts;--", "Roberts", "bobby+tables"),
    ("Percy %_\\", "100%_wild\\card", "percent_under"),
    (LONG_FIRST, LONG_LAST, "longest.name"),
    ("X", "Y", "x"),
    ("Ø", "", "o.only"),
    ("", "Suharto", "family.only"),
    ("", "", "no.name.at.all"),
    ("محمد رضا", "الأنصاري القزويني", "m.reza"),
    ("שלום־עליכם", "בן־ציון", "shalom.benzion"),
    ("Ada مريم", "עברית Smith", "both.directions"),
    ("👩\u{200D}💻 Ada", "🏳️\u{200D}🌈", "emoji.joined"),
    ("👨\u{200D}👩\u{200D}👧\u{200D}👦", "👍🏽", "family.emoji"),
    ("می\u{200C}خواهم", "نژاد", "zero.width.joiner"),
    ("𠮷野", "𝒜𝓁𝒾𝒸ℯ", "beyond.basic.plane"),
    ("Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢", "Ḽ̷o̸g", "stacked.marks"),
    ("Felix", "=HYPERLINK(\"https://evil.example\",\"Payslip\")", "formula"),
    ("null", "undefined", "null"),
    ("İbrahim Işık", "ẞtraßer", "dotted.dotless"),
    ("Æthelred", "ﬁnch-ﬂower", "ligatures"),
    ("ราชบัณฑิตยสภากรุงเทพมหานครอมรรัตนโกสินทร์มหินทรายุธยา", "ศรีสุข", "thai.no.spaces"),
    ("Jean  Luc", "de\u{00A0}la\u{00A0}Tour", "odd.spaces"),
    ("Barbara \"Bobby\" & `Sons`", "</textarea><img src=x onerror=alert(1)>", "markup"),
    ("Theo {{7*7}} ${7*7}", "../../etc/passwd", "templates"),
    ("Anna", "Аnnа", "lookalike"),
];

/// A local part of 64 characters, the most there may be.
const LONGEST_LOCAL: &str = "a.very.long.address.that.fills.all.the.room.before.the.at.sign.x";

/// The awkward person at this place, if there is one; the address has no domain yet.
pub fn at(index: u64) -> Option<AccountForm> {
    let number = usize::try_from(index / EVERY).ok().filter(|_| index.is_multiple_of(EVERY))?;
    let (first, last, local) = PEOPLE.get(number)?;
    Some(AccountForm {
        email: match *local {
            "longest.name" => LONGEST_LOCAL.to_owned(),
            local => local.to_owned(),
        },
        first_name: (*first).to_owned(),
        last_name: (*last).to_owned(),
        ..AccountForm::default()
    })
}

#[cfg(test)]
mod tests {
    use types::person_name::MOST_CHARACTERS;

    use super::*;

    #[test]
    fn all_are_among_the_first_thousand() {
        assert!((PEOPLE.len() as u64 - 1) * EVERY < 1_000);
        assert_eq!((0..1_000).filter_map(at).count(), PEOPLE.len());
    }

    #[test]
    fn the_longest_are_as_long_as_may_be() {
        assert_eq!(LONGEST_LOCAL.len(), 64);
        assert_eq!(LONG_FIRST.chars().count().max(LONG_LAST.chars().count()), MOST_CHARACTERS);
    }
}
