//! The list of connectors: the only place that names them all.

use crate::{
    Carrier, CarrierId, plivo::Plivo, simulated::Simulated, telnyx::Telnyx, twilio::Twilio, vonage::Vonage,
};

/// Every connector, in the order in which people see them.
pub static ALL: [&dyn Carrier; 5] = [&Twilio, &Telnyx, &Plivo, &Vonage, &Simulated];

/// The connector of a carrier.
pub fn carrier(id: CarrierId) -> &'static dyn Carrier {
    match id {
        CarrierId::Twilio => &Twilio,
        CarrierId::Telnyx => &Telnyx,
        CarrierId::Plivo => &Plivo,
        CarrierId::Vonage => &Vonage,
        CarrierId::Simulated => &Simulated,
    }
}
