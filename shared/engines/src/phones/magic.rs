//! Numbers that misbehave on purpose.
//!
//! Only numbers that nobody has can do it: `+1 NXX 555 01xx`, North America's range for fiction. Their last two digits
//! say what happens to messages sent to them; `0100` to `0149` are phones like any other, as is every other number.
//! All of them can text in. The table below is the only list: the simulator's page shows it.

use domain::phone::PhoneNumber;
use serde::Serialize;

/// What the carrier's interface does with a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answering {
    /// Takes it.
    Takes,
    /// Refuses it for good, with this code.
    Refuses(&'static str),
    /// 429 with `Retry-After`, for the first so many attempts of each message.
    Throttles(u32),
    /// 503, for the first so many attempts of each message.
    IsDown(u32),
    /// Lets nobody connect, for the first so many attempts of each message.
    LetsNobodyConnect(u32),
    /// Takes it and never says so. A look-up finds it.
    TakesSilently,
    /// Takes it and never says so. A look-up fails too: only receipts tell.
    TakesUnfindably,
    /// Neither takes it nor says so, for the first so many attempts of each message. A look-up says: not found.
    LosesSilently(u32),
}

/// Which receipts follow a message that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Receipts {
    /// Sent within a second, delivered within three.
    Usual,
    /// Delivered two hours later.
    Late,
    /// The first one after six hours, when nobody waits any more.
    VeryLate,
    /// Each three times.
    Repeated,
    /// Delivered first, sent afterwards.
    Reversed,
    /// Sent, then undelivered: `unreachable`.
    Undelivered,
    /// Failed: `content`.
    Failed,
    /// Undelivered, an hour later delivered after all.
    Corrected,
    /// None, ever; the message arrives.
    None,
    /// None, ever; the message does not arrive either.
    Vanished,
    /// A status that nobody knows, then as usual.
    Strange,
    /// Sent and delivered at once: due before the answer to the send is read.
    AtOnce,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct MagicNumber {
    /// The last four digits.
    pub last_digits: &'static str,
    /// What happens, in words.
    pub meaning: &'static str,
    #[serde(skip)]
    pub(super) answering: Answering,
    #[serde(skip)]
    pub(super) receipts: Receipts,
}

const fn row(
    last_digits: &'static str,
    meaning: &'static str,
    answering: Answering,
    receipts: Receipts,
) -> MagicNumber {
    MagicNumber { last_digits, meaning, answering, receipts }
}

/// For every attempt.
const ALWAYS: u32 = u32::MAX;

use Answering::{
    IsDown, LetsNobodyConnect, LosesSilently, Refuses, Takes, TakesSilently, TakesUnfindably, Throttles,
};

/// Every number that misbehaves.
pub const TABLE: [MagicNumber; 28] = [
    row("0150", "refused: not a valid number", Refuses("invalid_number"), Receipts::None),
    row("0151", "refused: the customer opted out at the carrier", Refuses("opted_out"), Receipts::None),
    row("0152", "refused: blocked", Refuses("blocked"), Receipts::None),
    row("0153", "refused: the content is not allowed", Refuses("content"), Receipts::None),
    row("0154", "refused: the sender is not allowed", Refuses("sender_not_allowed"), Receipts::None),
    row("0155", "refused: the account is suspended", Refuses("account"), Receipts::None),
    row("0156", "throttled for the first two attempts, then taken", Throttles(2), Receipts::Usual),
    row("0157", "throttled for ever", Throttles(ALWAYS), Receipts::None),
    row("0158", "carrier down for the first two attempts, then taken", IsDown(2), Receipts::Usual),
    row(
        "0159",
        "no connection for the first two attempts, then taken",
        LetsNobodyConnect(2),
        Receipts::Usual,
    ),
    row("0160", "no answer, but it arrives; a look-up finds it", TakesSilently, Receipts::Usual),
    row("0161", "no answer, but it arrives; only the receipts tell", TakesUnfindably, Receipts::Usual),
    row("0162", "no answer, it arrives, and nothing ever tells", TakesUnfindably, Receipts::None),
    row("0163", "no answer, it arrives; receipts after six hours", TakesUnfindably, Receipts::VeryLate),
    row("0164", "no answer to the first attempt, which is lost", LosesSilently(1), Receipts::Usual),
    row("0165", "no answer to any attempt, all are lost", LosesSilently(ALWAYS), Receipts::None),
    row("0166", "no answer; taken, found by a look-up, undelivered", TakesSilently, Receipts::Undelivered),
    row("0170", "delivered after two hours", Takes, Receipts::Late),
    row("0171", "each receipt three times", Takes, Receipts::Repeated),
    row("0172", "the receipt for delivered comes before the one for sent", Takes, Receipts::Reversed),
    row("0173", "undelivered: the phone is out of reach", Takes, Receipts::Undelivered),
    row("0174", "arrives, but no receipt ever comes", Takes, Receipts::None),
    row("0175", "failed at the carrier after it was taken", Takes, Receipts::Failed),
    row("0176", "undelivered, an hour later delivered after all", Takes, Receipts::Corrected),
    row("0177", "a receipt with a status nobody knows, then delivered", Takes, Receipts::Strange),
    row("0178", "receipts come before the answer to the send", Takes, Receipts::AtOnce),
    row("0179", "taken and never heard of again", Takes, Receipts::Vanished),
    row("0180", "delivered after six hours, no receipt before", Takes, Receipts::VeryLate),
];

/// What happens to messages to a number.
pub(super) fn behaviour(number: &PhoneNumber) -> (Answering, Receipts) {
    fictional_digits(number)
        .and_then(|digits| TABLE.iter().find(|row| row.last_digits == digits))
        .map_or((Takes, Receipts::Usual), |row| (row.answering, row.receipts))
}

/// The last four digits of `+1 NXX 555 01xx`.
fn fictional_digits(number: &PhoneNumber) -> Option<&str> {
    let national = number.as_str().strip_prefix("+1").filter(|digits| digits.len() == 10)?;
    national.get(3..).and_then(|line| line.strip_prefix("555")).filter(|digits| digits.starts_with("01"))
}
