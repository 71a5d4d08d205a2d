//! Businesses and people to test with.

use app::{
    Caller,
    allocations::Direction,
    credits::TopUp,
    gateways::NewGateway,
    sessions::{Business as NewBusiness, Origin},
    sign_in::SignIn,
    sub_accounts::NewSubAccount,
    users::{NewUser, Standing},
};
use carriers::Credentials;
use domain::{
    access::ConversationAccess, account::CarrierId, credits::Credits, gateway::Gateway, phone::PhoneNumber,
};
use secrecy::ExposeSecret;

use crate::{PUBLIC_URL, World};

/// A business that has signed up, with one gateway on the simulated carrier.
pub struct Business {
    /// The first user.
    pub owner: Caller,
    /// Its gateway.
    pub gateway: Gateway,
}

/// The password of everybody in a test world.
const PASSWORD: &str = "correct horse battery";

/// A number that the test spells correctly.
pub(crate) fn number(text: &str) -> PhoneNumber {
    text.parse().expect("a number in E.164")
}

impl World {
    /// Signs up a business with this number and this many credits.
    pub async fn business(&self, name: &str, our_number: &str, credits: u32) -> Business {
        let business = NewBusiness {
            name: name.to_owned().try_into().expect("a name"),
            time_zone: "America/New_York".to_owned().try_into().expect("a zone"),
            region: "US".parse().expect("a region"),
            user_name: "Ada Owner".to_owned().try_into().expect("a name"),
            email: format!("owner@{}.example", name.to_lowercase()).try_into().expect("an address"),
            password: PASSWORD.into(),
        };
        let signed_in = app::sessions::sign_up(&self.app, business, &Origin::default())
            .await
            .expect("the business signs up");
        let token = signed_in.token.expose_secret();
        if credits > 0 {
            self.top_up(&self.caller(token).await, credits, "first").await;
        }
        // Who has paid may do more (B02), so the caller is made afterwards.
        let owner = self.caller(token).await;
        let gateway = self.gateway(&owner, our_number).await;
        Business { owner, gateway }
    }

    /// Opens a sub account of the owner's with this number, and allocates it this many credits.
    pub async fn branch(&self, master: &Caller, name: &str, our_number: &str, credits: u32) -> Business {
        let email = format!("owner@{}.example", name.to_lowercase());
        let new = NewSubAccount {
            name: name.to_owned().try_into().expect("a name"),
            time_zone: "America/New_York".to_owned().try_into().expect("a zone"),
            region: "US".parse().expect("a region"),
            owner_name: "Bea Owner".to_owned().try_into().expect("a name"),
            owner_email: email.clone().try_into().expect("an address"),
            owner_password: Some(PASSWORD.into()),
        };
        let opened =
            app::sub_accounts::open(&self.app, master, new).await.expect("the sub account is opened");
        let (id, amount) = (opened.account.id, Credits::from(credits));
        app::allocations::transfer(&self.app, master, id, Direction::Allocate, amount, "first")
            .await
            .expect("the credits are allocated");
        let owner = self.signed_in(&email).await;
        let gateway = self.gateway(&owner, our_number).await;
        Business { owner, gateway }
    }

    /// Adds a gateway on the simulated carrier and points the carrier's line at it.
    pub async fn gateway(&self, owner: &Caller, our_number: &str) -> Gateway {
        let number = number(our_number);
        let new = NewGateway {
            name: "Front desk".to_owned().try_into().expect("a name"),
            carrier: CarrierId::Simulated,
            sender: our_number.to_owned(),
            credentials: Credentials::new(self.phones.open_line(&number)),
        };
        let gateway = app::gateways::add(&self.app, owner, new).await.expect("the gateway is added");
        let inbound = format!("{PUBLIC_URL}/v1/carriers/simulated/{}/inbound", gateway.id);
        self.phones.point_line(&number, inbound.parse().expect("a URL")).expect("the line is open");
        gateway
    }

    /// Adds a colleague, who signs in.
    pub async fn colleague(&self, owner: &Caller, name: &str, access: ConversationAccess) -> Caller {
        let email = format!("{name}@{}.example", owner.account.uuid().simple());
        let new = NewUser {
            name: name.to_owned().try_into().expect("a name"),
            email: email.clone().try_into().expect("an address"),
            password: Some(PASSWORD.into()),
            standing: Standing { conversation_access: access, ..Standing::default() },
        };
        app::users::add(&self.app, owner, new).await.expect("the colleague is added");
        self.signed_in(&email).await
    }

    async fn signed_in(&self, email: &str) -> Caller {
        let email = email.to_owned().try_into().expect("an address");
        let ask = SignIn { email, password: PASSWORD.into(), code: None, origin: Origin::default() };
        let signed_in = app::sign_in::sign_in(&self.app, ask).await.expect("they sign in");
        self.caller(signed_in.token.expose_secret()).await
    }

    /// Adds credits; the same `key` again adds none.
    pub async fn top_up(&self, owner: &Caller, credits: u32, key: &str) {
        let top_up = TopUp {
            account: owner.account,
            amount: Credits::from(credits),
            reference: None,
            order: None,
            key: key.to_owned(),
            address: None,
        };
        app::credits::top_up(&self.app, top_up).await.expect("the top-up is made");
    }

    /// Who calls with a token.
    pub async fn caller(&self, token: &str) -> Caller {
        app::caller::authenticate(&self.app, token, None).await.expect("the token is good")
    }
}
