//! What strangers send: nothing of it may be believed, and nothing may panic.

use bytes::Bytes;
use carriers::{Carrier, CarrierId, Credentials, Forged, Webhook};
use http::{HeaderName, HeaderValue, Method};
use jiff::SignedDuration;
use serde_json::Value;

use crate::{
    fixtures::{self, Case, hook},
    parameters,
    sign::sign,
};

/// The carriers whose proof is in the body, beside parts that it does not cover, and not in headers.
const PROOF_IN_BODY: [CarrierId; 1] = [CarrierId::AwsEndUserMessaging];

/// Runs `tamper` on every webhook and expects each result to be refused.
fn refused(tamper: impl Fn(&dyn Carrier, &Webhook) -> Vec<Webhook>) {
    for (carrier, case) in fixtures::hooks() {
        let original = hook(&case.json);
        for (index, tampered) in tamper(carrier, &original).iter().enumerate() {
            let verdict = carrier.verify(tampered, &case.credentials, case.arrived_at());
            assert!(verdict.is_err(), "{} was believed after tampering {index}", case.name);
        }
    }
}

/// The carriers that send a password instead of a signature: it proves who calls, and says nothing about the body.
const PROVE_BY_PASSWORD: [CarrierId; 2] = [CarrierId::Bandwidth, CarrierId::Infobip];

fn signs_the_body(carrier: &dyn Carrier) -> bool {
    !PROVE_BY_PASSWORD.contains(&carrier.id())
}

/// Runs `tamper` on the body of every webhook whose body is signed and expects each result to be refused.
fn body_refused(tamper: impl Fn(&Webhook) -> Vec<Webhook>) {
    refused(|carrier, hook| if signs_the_body(carrier) { tamper(hook) } else { Vec::new() });
}

fn with_body(hook: &Webhook, body: impl Into<Bytes>) -> Webhook {
    Webhook { body: body.into(), ..hook.clone() }
}

/// The case that every carrier has: a customer's text.
fn plain_text(carrier: &dyn Carrier) -> Case {
    let name = format!("{}/inbound/text", carrier.id());
    fixtures::cases(carrier.id(), "inbound").into_iter().find(|case| case.name == name).unwrap()
}

/// The headers that hold the proof.
fn proofs(hook: &Webhook) -> Vec<HeaderName> {
    let proof = |name: &&HeaderName| {
        name.as_str().contains("-signature")
            || name.as_str().ends_with("-timestamp")
            || *name == "authorization"
    };
    hook.headers.keys().filter(proof).cloned().collect()
}

/// The carriers that put their proof among the parameters instead.
const PROVE_IN_PARAMETERS: [CarrierId; 1] = [CarrierId::VonageSms];

/// Where a proof lies.
enum Place {
    Header(HeaderName),
    Parameter(&'static str),
}

fn places(carrier: &dyn Carrier, hook: &Webhook) -> Vec<Place> {
    if PROVE_IN_PARAMETERS.contains(&carrier.id()) {
        return ["sig", "timestamp"].map(Place::Parameter).into();
    }
    proofs(hook).into_iter().map(Place::Header).collect()
}

impl Place {
    fn value(&self, hook: &Webhook) -> Vec<u8> {
        match self {
            Self::Header(name) => hook.headers[name].as_bytes().to_vec(),
            Self::Parameter(name) => {
                let all = parameters::all(hook);
                all.into_iter().find(|(other, _)| other == name).unwrap().1.into_bytes()
            }
        }
    }

    /// The webhook with another proof there, or with none.
    fn with(&self, hook: &Webhook, value: Option<&[u8]>) -> Webhook {
        let mut hook = hook.clone();
        match self {
            Self::Header(name) => match value {
                Some(value) => drop(hook.headers.insert(name, HeaderValue::from_bytes(value).unwrap())),
                None => drop(hook.headers.remove(name)),
            },
            Self::Parameter(name) => {
                parameters::set(&mut hook, name, value.map(String::from_utf8_lossy).as_deref());
            }
        }
        hook
    }
}

#[test]
fn without_a_proof_nothing_is_believed() {
    refused(|carrier, hook| {
        if PROOF_IN_BODY.contains(&carrier.id()) {
            return without_proof_in_body(hook);
        }
        let places = places(carrier, hook);
        assert!(!places.is_empty());
        places.iter().flat_map(|place| [place.with(hook, None), place.with(hook, Some(b""))]).collect()
    });
}

/// Without the key that was fetched, with another one's, and without each part of the proof in the body.
fn without_proof_in_body(hook: &Webhook) -> Vec<Webhook> {
    let mut all = vec![Webhook { key: None, ..hook.clone() }];
    let mut elsewhere = hook.clone();
    elsewhere.key.as_mut().unwrap().address.set_path("/other.pem");
    let mut broken = hook.clone();
    broken.key.as_mut().unwrap().body = Bytes::from_static(b"no certificate");
    all.extend([elsewhere, broken]);
    let envelope: Value = serde_json::from_slice(&hook.body).unwrap();
    for name in ["Signature", "SignatureVersion", "SigningCertURL", "TopicArn", "Timestamp"] {
        for other in
            [Value::Null, Value::from(""), Value::from("3"), Value::from("https://example.com/a.pem")]
        {
            let mut envelope = envelope.clone();
            envelope[name] = other;
            all.push(with_body(hook, envelope.to_string()));
        }
        let mut envelope = envelope.clone();
        envelope.as_object_mut().unwrap().remove(name);
        all.push(with_body(hook, envelope.to_string()));
    }
    all
}

#[test]
fn a_proof_that_is_repeated_cut_or_changed_is_not_believed() {
    refused(|carrier, hook| {
        let mut all = Vec::new();
        for place in places(carrier, hook) {
            let bytes = &place.value(hook)[..];
            if bytes.contains(&b',') {
                continue; // two signatures, of which one is enough
            }
            if let Place::Header(name) = &place {
                let mut twice = hook.clone();
                twice.headers.append(name, hook.headers[name].clone());
                all.push(twice);
            }
            let mut others = vec![
                bytes[..bytes.len() - 1].to_vec(),
                bytes[1..].to_vec(),
                [bytes, b"A"].concat(),
                b"\xff\xfe".to_vec(),
                b"v1=".to_vec(),
                b",,,,".to_vec(),
                b"-1".to_vec(),
                b"99999999999999999999999999".to_vec(),
            ];
            for index in 0..bytes.len() {
                let mut changed = bytes.to_vec();
                changed[index] ^= 0x01;
                others.push(changed);
            }
            all.extend(others.iter().map(|other| place.with(hook, Some(other))));
        }
        all
    });
}

#[test]
fn a_body_with_one_bit_changed_is_not_believed() {
    refused(|carrier, hook| {
        let covered = signs_the_body(carrier) && !PROOF_IN_BODY.contains(&carrier.id());
        if covered { flipped(hook).collect() } else { Vec::new() }
    });
}

fn flipped(hook: &Webhook) -> impl Iterator<Item = Webhook> {
    (0..hook.body.len()).map(|index| {
        let mut body = hook.body.to_vec();
        body[index] ^= 0x01;
        with_body(hook, body)
    })
}

#[test]
fn a_body_with_one_bit_changed_where_no_proof_covers_it_says_what_it_said() {
    for (carrier, case) in fixtures::hooks() {
        if !PROOF_IN_BODY.contains(&carrier.id()) {
            continue;
        }
        let hook = hook(&case.json);
        let events = |hook: &Webhook| {
            Some(carrier.events(&carrier.verify(hook, &case.credentials, case.arrived_at()).ok()?))
        };
        let said = events(&hook).unwrap();
        let mut refused = 0;
        for flipped in flipped(&hook) {
            match events(&flipped) {
                Some(says) => assert_eq!(says, said, "{}", case.name),
                None => refused += 1,
            }
        }
        assert!(refused * 2 > hook.body.len(), "{}", case.name);
    }
}

#[test]
fn a_body_that_is_cut_short_is_not_believed() {
    body_refused(|hook| (0..hook.body.len()).map(|end| with_body(hook, hook.body.slice(..end))).collect());
}

#[test]
fn a_body_with_something_behind_it_is_not_believed() {
    body_refused(|hook| {
        if hook.method == Method::GET {
            return Vec::new(); // a GET has no body, and none is read
        }
        [&b"&Body=tampered"[..], b"&x", b"\n{}", b"\0"]
            .iter()
            .map(|tail| with_body(hook, [&hook.body[..], tail].concat()))
            .collect()
    });
}

#[test]
fn who_signs_no_body_is_known() {
    for (carrier, case) in fixtures::hooks() {
        let other = with_body(&hook(&case.json), "other");
        if other.method == Method::GET {
            continue;
        }
        let believed = carrier.verify(&other, &case.credentials, case.arrived_at()).is_ok();
        assert_eq!(believed, !signs_the_body(carrier), "{}", case.name);
    }
}

#[test]
fn a_body_of_a_megabyte_is_refused_unread() {
    for (carrier, case) in fixtures::hooks() {
        let now = case.arrived_at();
        let mut large = with_body(&hook(&case.json), vec![b'a'; 1_000_000]);
        assert_eq!(
            carrier.verify(&large, &case.credentials, now).unwrap_err(),
            Forged::TooLarge,
            "{}",
            case.name
        );
        sign(carrier.id(), &mut large, now);
        assert_eq!(
            carrier.verify(&large, &case.credentials, now).unwrap_err(),
            Forged::TooLarge,
            "{}",
            case.name
        );
    }
}

#[test]
fn a_large_body_within_the_limit_is_believed_and_does_no_harm() {
    for carrier in carriers::ALL {
        if PROOF_IN_BODY.contains(&carrier.id()) {
            continue; // what is no envelope is nobody's
        }
        let case = plain_text(carrier);
        for filler in [b'a', b'&', b'=', b'[', b'{', b'%', 0xff] {
            // What proves it may need room in the body.
            let room = if PROVE_IN_PARAMETERS.contains(&carrier.id()) { 256 } else { 0 };
            let body = vec![filler; carrier.limits().webhook_bytes_max - room];
            let mut large = with_body(&hook(&case.json), body);
            sign(carrier.id(), &mut large, case.arrived_at());
            let genuine = carrier.verify(&large, &case.credentials, case.arrived_at()).unwrap();
            assert!(carrier.events(&genuine).is_err(), "{}: {filler}", carrier.id());
        }
    }
}

#[test]
fn an_empty_webhook_is_never_an_event() {
    for carrier in carriers::ALL {
        let case = plain_text(carrier);
        let mut empty = with_body(&hook(&case.json), Bytes::new());
        let verdict = carrier.verify(&empty, &case.credentials, case.arrived_at());
        assert!(verdict.is_err() || !signs_the_body(carrier), "{}", carrier.id());
        sign(carrier.id(), &mut empty, case.arrived_at());
        let genuine = carrier.verify(&empty, &case.credentials, case.arrived_at()).unwrap();
        assert!(carrier.events(&genuine).is_err(), "{}", carrier.id());
    }
}

#[test]
fn another_gateways_secret_proves_nothing() {
    for (carrier, case) in fixtures::hooks() {
        let other = Credentials::from(other_secrets(&case, carrier).as_str());
        assert_eq!(carrier.check_credentials(&other), Ok(()), "{}", case.name);
        let hook = hook(&case.json);
        let verdict = carrier.verify(&hook, &other, case.arrived_at());
        assert_eq!(verdict.unwrap_err(), Forged::WrongSignature, "{}", case.name);
    }
}

/// The same credentials with every listed secret changed.
fn other_secrets(case: &Case, carrier: &dyn Carrier) -> String {
    // A key that is no text of any kind cannot be changed blindly, so another one is at hand.
    if let Some(other) = fixtures::other_credentials(carrier.id()) {
        return other;
    }
    let mut json: Value = serde_json::from_str(&fixtures::credentials_text(carrier.id())).unwrap();
    let mut changed = 0;
    for secrets in json.as_object_mut().unwrap().values_mut().filter_map(Value::as_array_mut) {
        for secret in secrets {
            *secret = Value::from(format!("{}x", secret.as_str().unwrap()));
            changed += 1;
        }
    }
    assert!(changed > 0, "{}", case.name);
    json.to_string()
}

#[test]
fn a_replay_is_refused_where_the_carrier_signs_the_time() {
    for (carrier, case) in fixtures::hooks() {
        let Some(window) = carrier.limits().replay_window_seconds.map(i64::from) else { continue };
        let mut hook = hook(&case.json);
        let signed_at = case.arrived_at();
        sign(carrier.id(), &mut hook, signed_at);
        for (seconds, believed) in [(0, true), (window, true), (window + 1, false), (86_400, false)] {
            for sign in [1, -1] {
                let now = signed_at + SignedDuration::from_secs(seconds * sign);
                let verdict = carrier.verify(&hook, &case.credentials, now).map(|_| ());
                let expected = if believed { Ok(()) } else { Err(Forged::Stale) };
                assert_eq!(verdict, expected, "{} after {} s", case.name, seconds * sign);
            }
        }
    }
}

#[test]
fn a_wrong_signature_is_never_called_stale() {
    // Otherwise a stranger could learn which of the two was wrong, and people would look at clocks.
    for (carrier, case) in fixtures::hooks() {
        let hook = with_body(&hook(&case.json), "other");
        if hook.method == Method::GET || !signs_the_body(carrier) {
            continue;
        }
        let late = case.arrived_at() + SignedDuration::from_hours(24);
        assert_ne!(
            carrier.verify(&hook, &case.credentials, late).unwrap_err(),
            Forged::Stale,
            "{}",
            case.name
        );
    }
}
