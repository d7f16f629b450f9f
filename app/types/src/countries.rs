//! Countries and their telephone codes, for choosing one beside a number.

/// Two letters (ISO 3166-1), telephone code, name; by name. One text, since the browser loads it.
const COUNTRIES: &str = "\
AF93Afghanistan|AL355Albania|DZ213Algeria|AS1684American Samoa|AD376Andorra|AO244Angola|\
AI1264Anguilla|AG1268Antigua and Barbuda|AR54Argentina|AM374Armenia|AW297Aruba|AU61Australia|\
AT43Austria|AZ994Azerbaijan|BS1242Bahamas|BH973Bahrain|BD880Bangladesh|BB1246Barbados|BY375Belarus|\
BE32Belgium|BZ501Belize|BJ229Benin|BM1441Bermuda|BT975Bhutan|BO591Bolivia|\
BA387Bosnia and Herzegovina|BW267Botswana|BR55Brazil|VG1284British Virgin Islands|BN673Brunei|\
BG359Bulgaria|BF226Burkina Faso|BI257Burundi|KH855Cambodia|CM237Cameroon|CA1Canada|CV238Cape Verde|\
KY1345Cayman Islands|CF236Central African Republic|TD235Chad|CL56Chile|CN86China|CO57Colombia|\
KM269Comoros|CG242Congo|CD243Congo (Democratic Republic)|CK682Cook Islands|CR506Costa Rica|\
CI225Côte d’Ivoire|HR385Croatia|CU53Cuba|CW599Curaçao|CY357Cyprus|CZ420Czechia|DK45Denmark|\
DJ253Djibouti|DM1767Dominica|DO1809Dominican Republic|EC593Ecuador|EG20Egypt|SV503El Salvador|\
GQ240Equatorial Guinea|ER291Eritrea|EE372Estonia|SZ268Eswatini|ET251Ethiopia|FK500Falkland Islands|\
FO298Faroe Islands|FJ679Fiji|FI358Finland|FR33France|GF594French Guiana|PF689French Polynesia|\
GA241Gabon|GM220Gambia|GE995Georgia|DE49Germany|GH233Ghana|GI350Gibraltar|GR30Greece|\
GL299Greenland|GD1473Grenada|GP590Guadeloupe|GU1671Guam|GT502Guatemala|GN224Guinea|\
GW245Guinea-Bissau|GY592Guyana|HT509Haiti|HN504Honduras|HK852Hong Kong|HU36Hungary|IS354Iceland|\
IN91India|ID62Indonesia|IR98Iran|IQ964Iraq|IE353Ireland|IL972Israel|IT39Italy|JM1876Jamaica|\
JP81Japan|JO962Jordan|KZ77Kazakhstan|KE254Kenya|KI686Kiribati|XK383Kosovo|KW965Kuwait|\
KG996Kyrgyzstan|LA856Laos|LV371Latvia|LB961Lebanon|LS266Lesotho|LR231Liberia|LY218Libya|\
LI423Liechtenstein|LT370Lithuania|LU352Luxembourg|MO853Macao|MG261Madagascar|MW265Malawi|\
MY60Malaysia|MV960Maldives|ML223Mali|MT356Malta|MH692Marshall Islands|MQ596Martinique|\
MR222Mauritania|MU230Mauritius|MX52Mexico|FM691Micronesia|MD373Moldova|MC377Monaco|MN976Mongolia|\
ME382Montenegro|MS1664Montserrat|MA212Morocco|MZ258Mozambique|MM95Myanmar|NA264Namibia|NR674Nauru|\
NP977Nepal|NL31Netherlands|NC687New Caledonia|NZ64New Zealand|NI505Nicaragua|NE227Niger|\
NG234Nigeria|NU683Niue|KP850North Korea|MK389North Macedonia|MP1670Northern Mariana Islands|\
NO47Norway|OM968Oman|PK92Pakistan|PW680Palau|PS970Palestine|PA507Panama|PG675Papua New Guinea|\
PY595Paraguay|PE51Peru|PH63Philippines|PL48Poland|PT351Portugal|PR1787Puerto Rico|QA974Qatar|\
RE262Réunion|RO40Romania|RU7Russia|RW250Rwanda|KN1869Saint Kitts and Nevis|LC1758Saint Lucia|\
PM508Saint Pierre and Miquelon|VC1784Saint Vincent and the Grenadines|WS685Samoa|SM378San Marino|\
ST239São Tomé and Príncipe|SA966Saudi Arabia|SN221Senegal|RS381Serbia|SC248Seychelles|\
SL232Sierra Leone|SG65Singapore|SX1721Sint Maarten|SK421Slovakia|SI386Slovenia|\
SB677Solomon Islands|SO252Somalia|ZA27South Africa|KR82South Korea|SS211South Sudan|ES34Spain|\
LK94Sri Lanka|SD249Sudan|SR597Suriname|SE46Sweden|CH41Switzerland|SY963Syria|TW886Taiwan|\
TJ992Tajikistan|TZ255Tanzania|TH66Thailand|TL670Timor-Leste|TG228Togo|TO676Tonga|\
TT1868Trinidad and Tobago|TN216Tunisia|TR90Türkiye|TM993Turkmenistan|\
TC1649Turks and Caicos Islands|TV688Tuvalu|VI1340U.S. Virgin Islands|UG256Uganda|UA380Ukraine|\
AE971United Arab Emirates|GB44United Kingdom|US1United States|UY598Uruguay|UZ998Uzbekistan|\
VU678Vanuatu|VE58Venezuela|VN84Vietnam|YE967Yemen|ZM260Zambia|ZW263Zimbabwe";

/// The United States come before the others with their code.
const FIRST_OF_CODE: [(&str, &str); 1] = [("1", "US")];

/// Letters, code and name of each.
fn all() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    COUNTRIES.split('|').filter_map(|country| {
        let (letters, rest) = country.split_at_checked(2)?;
        let name = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        Some((letters, rest.strip_suffix(name)?, name))
    })
}

/// The name of a country that is called by a telephone code of its own.
pub fn name_of(letters: &str) -> Option<&'static str> {
    all().find(|(one, ..)| *one == letters).map(|(.., name)| name)
}

fn code_of(letters: &str) -> Option<&'static str> {
    all().find(|(one, ..)| *one == letters).map(|(_, code, _)| code)
}

/// The country that an international number begins with, as its two letters.
pub fn of_number(number: &str) -> Option<&'static str> {
    let number = number.trim().strip_prefix('+')?;
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let (letters, code, _) =
        all().filter(|(_, code, _)| digits.starts_with(code)).max_by_key(|(_, code, _)| code.len())?;
    Some(FIRST_OF_CODE.iter().find(|(first, _)| *first == code).map_or(letters, |(_, letters)| *letters))
}

/// The number as one of this country: the code it had, or the zero that stands for it at home, gives
/// way. Without a country it stays.
pub fn with_country(number: &str, letters: &str) -> String {
    let Some(code) = code_of(letters) else { return number.to_owned() };
    let number = number.trim();
    let national = match (number.strip_prefix('+'), of_number(number).and_then(code_of)) {
        (Some(rest), Some(old)) => {
            // Digits of the old code, whatever stands between them.
            let mut left = old.len();
            rest.trim_start_matches(|c: char| {
                let belongs = left > 0;
                left -= usize::from(belongs && c.is_ascii_digit());
                belongs
            })
        }
        (Some(rest), None) => rest,
        // Italian numbers keep their zero.
        (None, _) if matches!(letters, "IT" | "SM") => number,
        (None, _) => number.strip_prefix('0').unwrap_or(number),
    };
    format!("+{code} {}", national.trim_start_matches([' ', '-', '.', ')', '(', '/']))
}

/// The options of a select, the first of them empty, with one of them chosen.
pub fn options(chosen: Option<&str>) -> String {
    let mut html = String::from("<option value=\"\">Country</option>");
    for (letters, code, name) in all() {
        let selected = if chosen == Some(letters) { " selected" } else { "" };
        html += &format!("<option value=\"{letters}\"{selected}>{name} (+{code})</option>");
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_letters_code_and_name() {
        let names: Vec<_> = all()
            .map(|(letters, code, name)| {
                assert!(letters.bytes().all(|b| b.is_ascii_uppercase()) && !code.is_empty() && !name.is_empty());
                assert!(!name.contains(['<', '&', '"']), "{name}");
                name
            })
            .collect();
        assert!(names.len() > 200);
        assert_eq!(options(Some("CH")).matches(" selected").count(), 1);
    }

    #[test]
    fn a_number_tells_its_country() {
        assert_eq!(of_number("+41 44 668"), Some("CH"));
        assert_eq!(of_number("+1 202"), Some("US"));
        assert_eq!(of_number("+1-876-1"), Some("JM"));
        assert_eq!(of_number("+7 495"), Some("RU"));
        assert_eq!(of_number("+77 01"), Some("KZ"));
        for none in ["", "044", "+", "+999"] {
            assert_eq!(of_number(none), None, "{none}");
        }
    }

    #[test]
    fn choosing_a_country_changes_the_beginning_only() {
        assert_eq!(with_country("", "CH"), "+41 ");
        assert_eq!(with_country("044 668 18 00", "CH"), "+41 44 668 18 00");
        assert_eq!(with_country("+49 (30) 12", "CH"), "+41 30) 12");
        assert_eq!(with_country("+4930", "FR"), "+33 30");
        assert_eq!(with_country("06 1234", "IT"), "+39 06 1234");
        assert_eq!(with_country("+41 44", ""), "+41 44");
    }
}
