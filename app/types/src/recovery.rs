//! **Forgot my phone** (S7): what stands in for a second factor that is lost.

use serde::{Deserialize, Serialize};

use crate::fold::fold;

/// The way through **Forgot my phone**.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryMethod {
    Questions,
    #[default]
    QuestionsAndEmail,
    Email,
}

impl RecoveryMethod {
    pub const ALL: [Self; 3] = [Self::Questions, Self::QuestionsAndEmail, Self::Email];

    pub fn key(self) -> &'static str {
        match self {
            Self::Questions => "questions",
            Self::QuestionsAndEmail => "questions_and_email",
            Self::Email => "email",
        }
    }

    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.key() == key)
    }

    /// The words on the screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Questions => "Security questions (KBA)",
            Self::QuestionsAndEmail => "Security questions (KBA) + OTP over alternate email",
            Self::Email => "OTP over alternate email",
        }
    }

    pub fn asks_questions(self) -> bool {
        self != Self::Email
    }

    pub fn sends_mail(self) -> bool {
        self != Self::Questions
    }
}

/// So many questions at least are chosen.
pub const FEWEST_QUESTIONS: usize = 3;
/// After so many wrong answers only staff can help.
pub const MOST_WRONG_ANSWERS: i64 = 5;
/// The fewest characters of a normalised answer, and the most of one as typed.
const FEWEST_CHARACTERS: usize = 3;
const MOST_CHARACTERS: usize = 100;

macro_rules! questions {
    ($($name:ident = $key:literal, $text:literal;)+) => {
        /// A question that can be chosen: about what others cannot look up.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Question { $(#[serde(rename = $key)] $name,)+ }

        impl Question {
            pub const ALL: &'static [Question] = &[$(Self::$name,)+];

            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)+ }
            }

            pub fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            pub fn from_key(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

questions! {
    FirstConcert = "first_concert", "What was the first concert that you went to?";
    ChildhoodFriend = "childhood_friend", "What is the last name of your best friend in childhood?";
    FirstJobStreet = "first_job_street", "In which street was your first job?";
    DreamJob = "dream_job", "What did you want to become when you were ten?";
    FirstDish = "first_dish", "What was the first dish that you learned to cook?";
    FavouriteTeacher = "favourite_teacher", "What is the last name of the teacher you liked best?";
    FirstTrip = "first_trip", "Where did your first journey without your parents go?";
    FirstBook = "first_book", "Which book did you read again and again as a child?";
    HiddenPlace = "hidden_place", "Where did you hide as a child?";
    Nickname = "nickname", "What did your family call you when you were little?";
    FirstGame = "first_game", "Which game did you play most as a child?";
    OldestCousin = "oldest_cousin", "What is the first name of your oldest cousin?";
}

/// What two spellings of an answer have in common: without case, accents, spaces and punctuation.
pub fn normalised(answer: &str) -> String {
    fold(answer).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The normalised answer.
///
/// # Errors
/// A sentence for the field.
pub fn check_answer(answer: &str, question: Question) -> Result<String, String> {
    if answer.chars().count() > MOST_CHARACTERS {
        return Err(format!("At most {MOST_CHARACTERS} characters, please."));
    }
    let plain = normalised(answer);
    if plain.chars().count() < FEWEST_CHARACTERS {
        return Err(format!("At least {FEWEST_CHARACTERS} letters or digits, please."));
    }
    if normalised(question.text()).contains(&plain) {
        return Err("The question gives this away. Please think of another answer.".into());
    }
    Ok(plain)
}

/// How somebody could get in without their phone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// The way that holds for this person; `None`: **Forgot phone** is switched off.
    pub method: Option<RecoveryMethod>,
    /// Whether they may choose another.
    pub may_choose: bool,
    /// How many questions are answered.
    pub questions: usize,
    /// The verified alternate address.
    pub alternate_email: Option<String>,
    /// Too many wrong answers: only staff can help.
    pub is_blocked: bool,
}

impl Recovery {
    /// Whether all that the method needs is there.
    pub fn is_ready(&self) -> bool {
        self.method.is_some_and(|method| {
            (!method.asks_questions() || self.questions >= FEWEST_QUESTIONS)
                && (!method.sends_mail() || self.alternate_email.is_some())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_answer_are_one() {
        for answer in ["José  Núñez", " jose nunez ", "JOSE-NUNEZ", "JoséNúñez", "jose\u{301} nunez"] {
            assert_eq!(normalised(answer), "josenunez", "{answer}");
        }
        assert_ne!(normalised("Nunez"), normalised("Munez"));
        assert_eq!(normalised("東京タワー"), "東京タワー");
    }

    #[test]
    fn answers_that_say_nothing_are_refused() {
        for bad in ["", "  ", "a", "--!--", "concert", &"a".repeat(101)] {
            assert!(check_answer(bad, Question::FirstConcert).is_err(), "{bad}");
        }
        assert_eq!(check_answer(" The Cure ", Question::FirstConcert), Ok("thecure".into()));
    }

    #[test]
    fn keys_come_back() {
        for question in Question::ALL {
            assert_eq!(Question::from_key(question.key()), Some(*question));
        }
        for method in RecoveryMethod::ALL {
            assert_eq!(RecoveryMethod::from_key(method.key()), Some(method));
        }
    }
}
