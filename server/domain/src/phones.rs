//! Telephone numbers, as far as the numbering plans of countries are known.

use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, Type};

const KINDS: [Type; 9] = [
    Type::FixedLine,
    Type::Mobile,
    Type::TollFree,
    Type::PremiumRate,
    Type::SharedCost,
    Type::PersonalNumber,
    Type::Voip,
    Type::Uan,
    Type::Pager,
];

/// The number in international form (E.164), without the 0 that only a call within the country has, when its
/// country has numbers of that length. Which numbers are given out changes too often to refuse more.
///
/// # Errors
/// A sentence for the field.
pub fn check(number: &str) -> Result<String, String> {
    let wrong = || "There is no such telephone number: please look at the country code and the digits.".to_owned();
    let parsed = phonenumber::parse(None, number).map_err(|_| wrong())?;
    let international = parsed.format().mode(Mode::E164).to_string();
    let digits = international.trim_start_matches('+').len().saturating_sub(parsed.code().value().to_string().len());
    let known = DATABASE.by_code(&parsed.code().value()).unwrap_or_default();
    let possible = known.iter().any(|plan| {
        let kinds = KINDS.into_iter().filter_map(|kind| plan.descriptors().get(kind));
        kinds.flat_map(|kind| kind.possible_length()).any(|length| usize::from(*length) == digits)
    });
    if possible || parsed.is_valid() { Ok(international) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn takes_what_can_be_a_number_and_refuses_what_cannot() {
        for good in ["+41446681800", "+12025550143", "+15551234567", "+4915123456789", "+390612345678", "+442079460958"]
        {
            assert_eq!(check(good), Ok(good.to_owned()));
        }
        assert_eq!(check("+410446681800").as_deref(), Ok("+41446681800"));
        assert_eq!(check("+4407911123456").as_deref(), Ok("+447911123456"));
        for bad in ["+999123456", "+4144668180012", "+1202555", "+21012345678"] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
