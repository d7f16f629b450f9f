//! A device in a test's hands: makes and proves passkeys as WebAuthn level 2 says, or wrongly.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::random::Random;

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const HAS_KEY: u8 = 0x40;

/// One passkey, and the browser around it. The fields are what an attacker could change.
#[derive(Clone)]
pub struct Device {
    pub origin: String,
    /// Whether it makes sure who is there.
    pub verifies: bool,
    /// How often it was used; goes up by one each time.
    pub counter: u32,
    pub user: Option<Vec<u8>>,
    pub credential: Vec<u8>,
    pub key: SigningKey,
}

impl Device {
    /// `origin`: what the browser says where it is.
    pub fn new(origin: &str) -> Self {
        let secret = Random::System.bytes::<32>();
        Self {
            origin: origin.to_owned(),
            verifies: true,
            counter: 0,
            user: None,
            credential: Random::System.bytes::<16>().to_vec(),
            key: SigningKey::from_slice(&secret).expect("a key"),
        }
    }

    /// The answer to `navigator.credentials.create`.
    pub fn create(&mut self, options: &Value) -> String {
        self.user = Some(bytes(&options["user"]["id"]));
        let about = self.about(&options["rp"]["id"], HAS_KEY);
        let length = u16::try_from(self.credential.len()).expect("a short id");
        let about = [&about, [0; 16].as_slice(), &length.to_be_bytes(), &self.credential, &self.public_key()].concat();
        let head = [b"\xA3\x63fmt\x64none\x67attStmt\xA0\x68authData\x58".as_slice(), &[about.len() as u8]].concat();
        self.answer(json!({
            "clientDataJSON": text(&self.browser_says("webauthn.create", options)),
            "attestationObject": text(&[head, about].concat()),
            "transports": ["internal"],
        }))
    }

    /// The answer to `navigator.credentials.get`.
    pub fn get(&mut self, options: &Value) -> String {
        self.counter += 1;
        let said = self.browser_says("webauthn.get", options);
        let about = self.about(&options["rpId"], 0);
        let signed: Signature = self.key.sign(&[about.as_slice(), &Sha256::digest(&said)].concat());
        self.answer(json!({
            "clientDataJSON": text(&said),
            "authenticatorData": text(&about),
            "signature": text(signed.to_der().as_bytes()),
            "userHandle": self.user.as_deref().map(text),
        }))
    }

    fn answer(&self, response: Value) -> String {
        let id = text(&self.credential);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response }).to_string()
    }

    fn browser_says(&self, kind: &str, options: &Value) -> Vec<u8> {
        let said = json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin });
        said.to_string().into_bytes()
    }

    fn about(&self, relying_party: &Value, flags: u8) -> Vec<u8> {
        let flags = flags | PRESENT | if self.verifies { VERIFIED } else { 0 };
        let party = Sha256::digest(relying_party.as_str().expect("a relying party"));
        [party.as_slice(), &[flags], &self.counter.to_be_bytes()].concat()
    }

    /// As COSE spells it: EC2, ES256, P-256, x, y.
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = (point.x().expect("a point"), point.y().expect("a point"));
        [b"\xA5\x01\x02\x03\x26\x20\x01\x21\x58\x20".as_slice(), x, b"\x22\x58\x20", y].concat()
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn bytes(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().expect("text")).expect("base64url")
}
