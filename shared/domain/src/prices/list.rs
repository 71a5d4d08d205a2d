//! The price list: what a segment and an MMS cost, by destination and since when.
//!
//! One credit is the price of an SMS segment to the cheapest destination (X14). The figures are the platform's own; whoever
//! runs it adjusts them to what the carriers ask. A price that changes gets a row of its own with the day from which it
//! holds: rows are only ever added, so that what an old message cost can still be explained.

use jiff::civil::{Date, date};

use super::Price;

/// What holds where no row names the destination.
pub(super) const ELSEWHERE: Price = Price { segment: 12, mms: 36 };

/// Since which day, where, and for how much.
pub(super) const ROWS: [(Date, &[&str], Price); 6] = [
    (LAUNCH, &["US", "CA", "PR"], Price { segment: 1, mms: 3 }),
    (LAUNCH, &["GB", "IE", "AU", "SE", "DK", "NO", "FI", "PT", "PL"], Price { segment: 5, mms: 15 }),
    (LAUNCH, &["FR", "ES", "IT", "NZ", "CH", "AT", "CZ", "GR", "MX", "BR"], Price { segment: 7, mms: 21 }),
    (LAUNCH, &["DE", "NL", "BE", "LU", "JP", "KR", "SG", "HK", "IN", "ZA"], Price { segment: 9, mms: 27 }),
    (LAUNCH, &["CO", "CL", "PE", "AR", "TR", "IL", "AE", "SA"], Price { segment: 9, mms: 27 }),
    (LAUNCH, &["UA", "RO", "BG", "HU", "RS", "HR", "EG", "MA", "NG", "KE"], Price { segment: 11, mms: 33 }),
];

/// Before anybody could send.
const LAUNCH: Date = date(2000, 1, 1);
