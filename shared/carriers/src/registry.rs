//! The list of connectors: the only place that names them all.

use crate::{
    Carrier, CarrierId, bandwidth::Bandwidth, infobip::Infobip, simulated::Simulated, sinch::Sinch,
    telnyx::Telnyx, twilio::Twilio,
};

/// Every connector, in the order in which people see them.
pub static ALL: [&dyn Carrier; 6] = [&Twilio, &Telnyx, &Bandwidth, &Infobip, &Sinch, &Simulated];

/// The connector of a carrier.
pub fn carrier(id: CarrierId) -> &'static dyn Carrier {
    match id {
        CarrierId::Twilio => &Twilio,
        CarrierId::Telnyx => &Telnyx,
        CarrierId::Bandwidth => &Bandwidth,
        CarrierId::Infobip => &Infobip,
        CarrierId::Sinch => &Sinch,
        CarrierId::Simulated => &Simulated,
    }
}
