//! What the meter below a new password shows (S6). Nothing is kept of it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::passwords;
use serde::{Deserialize, Serialize};

use super::form::PlainForm;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct PasswordForm {
    password: String,
}

#[derive(Serialize)]
struct Strength {
    /// From 0 to 4.
    score: usize,
    word: &'static str,
}

const WORDS: [&str; 5] = ["Guessed at once", "Weak", "Fair", "Good", "Strong"];

pub async fn estimate(PlainForm(form): PlainForm<PasswordForm>) -> Response {
    let score = passwords::strength(&form.password);
    let word = WORDS.get(score).copied().unwrap_or_default();
    Json(Strength { score, word }).into_response()
}
