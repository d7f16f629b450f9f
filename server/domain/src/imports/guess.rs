//! Which column is what, from its header: as Okta, Google Workspace, Entra ID, Keycloak and people
//! call them.

use types::attributes::AttributeDefinition;
use types::import::Target;

/// Every target, and the headers that mean it, without spaces, signs and capitals; the best first.
const NAMES: [(&str, &str, &[&str]); 6] = [
    (
        "email",
        "Email",
        &[
            "email",
            "emailaddress",
            "mail",
            "primaryemail",
            "workemail",
            "emailaddressrequired",
            "emails",
            "userprincipalname",
            "upn",
        ],
    ),
    ("username", "Username", &["username", "login", "userid", "samaccountname", "uid", "loginname", "nickname"]),
    (
        "first_name",
        "First name",
        &["firstname", "givenname", "firstnamerequired", "forename", "vorname", "prenom", "nombre"],
    ),
    (
        "last_name",
        "Last name",
        &["lastname", "surname", "familyname", "lastnamerequired", "sn", "nachname", "nom", "apellido", "apellidos"],
    ),
    ("full_name", "Full name", &["displayname", "name", "fullname", "cn", "commonname"]),
    (
        "phone",
        "Phone",
        &[
            "mobilephone",
            "mobile",
            "phone",
            "phonenumber",
            "primaryphone",
            "telephonenumber",
            "telephone",
            "mobilenumber",
            "cell",
            "workphone",
            "telefon",
            "telefonnummer",
            "mobiltelefon",
            "handy",
            "telefono",
        ],
    ),
];

/// What the columns can become: what every account has, and what can be edited of the store's own
/// attributes.
pub(crate) fn targets(attributes: &[AttributeDefinition]) -> Vec<Target> {
    let built_in = NAMES.iter().map(|(key, label, _)| Target { key: (*key).into(), label: (*label).into() });
    let own = importable(attributes).map(|one| Target { key: one.key.clone(), label: one.label.clone() });
    built_in.chain(own).collect()
}

/// The attributes that staff may see and change.
pub(super) fn importable(attributes: &[AttributeDefinition]) -> impl Iterator<Item = &AttributeDefinition> {
    let built_in = |key: &str| NAMES.iter().any(|(name, ..)| *name == key);
    attributes.iter().filter(move |one| one.console_visible && one.console_editable && !built_in(&one.key))
}

/// A guess for each header; no target twice.
pub(crate) fn guess(headers: &[String], attributes: &[AttributeDefinition]) -> Vec<Option<String>> {
    let plain: Vec<_> = headers.iter().map(|header| plain(header)).collect();
    let mut guesses = vec![None; headers.len()];
    for (key, _, names) in NAMES {
        let found = names.iter().find_map(|name| plain.iter().position(|header| header.iter().any(|one| one == name)));
        if let Some(at) = found
            && guesses[at].is_none()
        {
            guesses[at] = Some(key.to_owned());
        }
    }
    // An attribute by its key or its label, where nothing else is meant.
    for one in importable(attributes) {
        let names = [letters(&one.key), letters(&one.label)];
        let is_free = |at: &usize| guesses[*at].is_none();
        let meant = |header: &Vec<String>| header.iter().any(|way| !way.is_empty() && names.contains(way));
        if let Some(at) = plain.iter().position(meant).filter(is_free) {
            guesses[at] = Some(one.key.clone());
        }
    }
    // First and last name say it already.
    let has = |key: &str| guesses.iter().any(|guess| guess.as_deref() == Some(key));
    if has("first_name") && has("last_name") {
        guesses.iter_mut().filter(|guess| guess.as_deref() == Some("full_name")).for_each(|guess| *guess = None);
    }
    guesses
}

/// A header's ways to be read: `User name [userPrincipalName] Required` is the name in brackets, or
/// the words.
fn plain(header: &str) -> Vec<String> {
    let bracketed = header.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    let mut ways = vec![letters(header)];
    if let Some((inside, _)) = bracketed {
        ways.insert(0, letters(inside));
        ways.push(letters(header.split('[').next().unwrap_or_default()));
    }
    ways
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(header: &str) -> Vec<String> {
        let headers: Vec<_> = header.split(',').map(str::to_owned).collect();
        guess(&headers, &[]).into_iter().map(Option::unwrap_or_default).collect()
    }

    #[test]
    fn knows_the_exports_of_others() {
        let okta = "login,firstName,lastName,middleName,email,secondEmail,mobilePhone,displayName";
        assert_eq!(guessed(okta), ["username", "first_name", "last_name", "", "email", "", "phone", ""]);
        let google =
            "First Name [Required],Last Name [Required],Email Address [Required],Password [Required],Mobile Phone";
        assert_eq!(guessed(google), ["first_name", "last_name", "email", "", "phone"]);
        let entra = "userPrincipalName,displayName,surname,mail,givenName,id,mobile";
        assert_eq!(guessed(entra), ["", "", "last_name", "email", "first_name", "", "phone"]);
        let upload = "Name [displayName] Required,User name [userPrincipalName] Required,Initial password";
        assert_eq!(guessed(upload), ["full_name", "email", ""]);
        assert_eq!(
            guessed("username,email,firstName,lastName,enabled"),
            ["username", "email", "first_name", "last_name", ""]
        );
        assert_eq!(guessed("E-Mail;x,Full Name"), ["", "full_name"]);
        assert_eq!(guessed("E-Mail,E-Mail"), ["email", ""]);
        assert_eq!(guessed("Vorname,Nachname,E-Mail,Telefon"), ["first_name", "last_name", "email", "phone"]);
        assert_eq!(guessed("Spalte 1,zwei"), ["", ""]);
    }
}
