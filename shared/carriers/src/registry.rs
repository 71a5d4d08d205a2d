//! The list of connectors: the only place that names them all.

use crate::{Carrier, CarrierId, simulated::Simulated, twilio::Twilio};

/// Every connector, in the order in which people see them.
pub static ALL: [&dyn Carrier; 2] = [&Twilio, &Simulated];

/// The connector of a carrier.
pub fn carrier(id: CarrierId) -> &'static dyn Carrier {
    match id {
        CarrierId::Twilio => &Twilio,
        CarrierId::Simulated => &Simulated,
    }
}
