//! The list of connectors: the only place that names them all.

use crate::{
    Carrier, CarrierId, plivo::Plivo, simulated::Simulated, telnyx::Telnyx, twilio::Twilio, vonage::Vonage,
    vonage_sms::VonageSms,
};

/// Every connector, in the order in which people see them.
pub static ALL: [&dyn Carrier; 6] = [&Twilio, &Telnyx, &Plivo, &Vonage, &VonageSms, &Simulated];

/// The connector of a carrier.
pub fn carrier(id: CarrierId) -> &'static dyn Carrier {
    match id {
        CarrierId::Twilio => &Twilio,
        CarrierId::Telnyx => &Telnyx,
        CarrierId::Plivo => &Plivo,
        CarrierId::Vonage => &Vonage,
        CarrierId::VonageSms => &VonageSms,
        CarrierId::Simulated => &Simulated,
    }
}
