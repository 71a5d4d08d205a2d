//! The list of connectors: the only place that names them all.

use crate::{
    Carrier, CarrierId, bird::Bird, message_bird::MessageBird, simulated::Simulated, telnyx::Telnyx,
    twilio::Twilio,
};

/// Every connector, in the order in which people see them.
pub static ALL: [&dyn Carrier; 5] = [&Twilio, &Telnyx, &Bird, &MessageBird, &Simulated];

/// The connector of a carrier.
pub fn carrier(id: CarrierId) -> &'static dyn Carrier {
    match id {
        CarrierId::Twilio => &Twilio,
        CarrierId::Telnyx => &Telnyx,
        CarrierId::Bird => &Bird,
        CarrierId::MessageBird => &MessageBird,
        CarrierId::Simulated => &Simulated,
    }
}
