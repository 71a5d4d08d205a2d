//! An account in an embedded table.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_smithy_runtime_api::client::http::HttpClient;
use domain::{
    access::{ConversationAccess, Grants, MessageAccess, Role, RoleRef},
    account::{Account, CarrierId, User, UserStatus},
    credits::Credits,
    gateway::Gateway,
    id::{Id, Kind, UserId},
    phone::PhoneNumber,
    quiet_hours::QuietHours,
};
use engines::dynamo::Dynamo;
use jiff::Timestamp;
use serde_json::Value;
use storage::{
    AccountStore, CredentialChange, NewUserRecord, PageRequest, Session, SignUp, Store, TopUp, Traces,
    UserRecord, UserUpdate,
};
use uuid::Uuid;

pub(crate) const TABLE: &str = "textdesk";
/// What the account of a new world can spend.
pub(crate) const CREDITS: u32 = 1_000;

/// A table with one account: two users (the first manages it, the second may be assigned), one gateway, some credits.
pub(crate) struct World {
    pub(crate) dynamo: Dynamo,
    pub(crate) store: Store,
    pub(crate) account: AccountStore,
    pub(crate) manager: User,
    pub(crate) colleague: User,
    pub(crate) gateway: Gateway,
}

/// The id number `n` of its kind.
pub(crate) fn id<K: Kind>(n: u64) -> Id<K> {
    Id::new_v7(n, [0; 10])
}

/// `millis` after the time at which all tests begin.
pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_767_225_600_000 + millis).unwrap()
}

/// One of the fictional numbers of customers.
pub(crate) fn customer(n: u32) -> PhoneNumber {
    format!("+1{}5550{:03}", 200 + n / 1_000, n % 1_000).parse().unwrap()
}

pub(crate) fn credits(amount: u32) -> Credits {
    Credits::from(amount)
}

/// A top-up.
pub(crate) fn bought(n: u64, millis: i64, amount: Credits) -> TopUp {
    TopUp { id: id(n), at: at(millis), amount, reference: None, order: None }
}

pub(crate) fn page(limit: u32, cursor: Option<&str>) -> PageRequest<'_> {
    PageRequest { limit, cursor }
}

pub(crate) fn client(http: impl HttpClient + 'static, retry: RetryConfig) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(engines::REGION))
        .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
        .retry_config(retry)
        .http_client(http);
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

pub(crate) fn user(account: &Account, n: u64, roles: impl Into<BTreeSet<Role>>) -> User {
    User {
        id: id(n),
        account: account.id,
        email: format!("user{n}@example.com").parse().unwrap(),
        name: format!("User {n}").parse().unwrap(),
        status: UserStatus::Active,
        roles: roles.into().into_iter().map(RoleRef::from).collect(),
        teams: BTreeSet::new(),
        conversation_access: ConversationAccess::All,
        message_access: MessageAccess::None,
        overrides: Grants::default(),
        support_of: None,
        created_at: at(0),
    }
}

pub(crate) fn account(n: u64) -> Account {
    Account {
        id: id(n),
        name: "Bright Smiles Dental".parse().unwrap(),
        time_zone: "America/New_York".to_owned().try_into().unwrap(),
        region: "US".parse().unwrap(),
        wake_on_reply: true,
        quiet_hours: QuietHours::default(),
        default_gateway: None,
        parent: None,
        branding: domain::branding::Branding::default(),
        sub_account_branding: domain::branding::Branding::default(),
        created_at: at(0),
    }
}

pub(crate) fn session(n: u64) -> Session {
    Session {
        id: id(n),
        secret_sha256: "5".repeat(64),
        created_at: at(0),
        expires_at: at(1_000_000),
        address: None,
        user_agent: None,
    }
}

/// A user with a password, to add.
pub(crate) fn with_password(user: &User) -> NewUserRecord {
    NewUserRecord {
        user: user.clone(),
        password_hash: Some("$argon2id$".into()),
        invitation: None,
        sessions: Vec::new(),
    }
}

/// A change of a user and nothing beside it.
pub(crate) fn update<'a>(before: &'a UserRecord, after: &UserRecord) -> UserUpdate<'a> {
    UserUpdate {
        before,
        after: after.clone(),
        credential: CredentialChange::Keep,
        departure: None,
        traces: Traces::default(),
        elsewhere: Vec::new(),
    }
}

pub(crate) fn sign_up(account: &Account, user: &User) -> SignUp {
    let (account, user) = (account.clone(), user.clone());
    SignUp {
        account,
        user,
        password_hash: "$argon2id$".into(),
        session: session(1),
        traces: Traces::default(),
    }
}

pub(crate) fn gateway(account: &AccountStore, n: u64, number: &str) -> Gateway {
    Gateway {
        id: id(n),
        account: account.id(),
        name: "Front desk".parse().unwrap(),
        carrier: CarrierId::Simulated,
        sender: number.parse().unwrap(),
        sends_media: true,
        pace: None,
        backup: None,
        retired_at: None,
        trouble: None,
        created_at: at(0),
    }
}

impl World {
    /// A world in which the SDK repeats nothing.
    pub(crate) async fn new() -> Self {
        Self::with(RetryConfig::disabled()).await
    }

    /// A world in which the SDK repeats what fails, as it does in production.
    pub(crate) async fn retrying() -> Self {
        Self::with(RetryConfig::standard()).await
    }

    /// A world whose table has a stream.
    pub(crate) async fn streaming() -> Self {
        let dynamo = Dynamo::memory().unwrap();
        dynamo.create_table(storage::table::definition(TABLE)).unwrap();
        Self::over(dynamo.clone(), dynamo, RetryConfig::disabled()).await
    }

    async fn with(retry: RetryConfig) -> Self {
        let dynamo = Dynamo::memory_without_stream().unwrap();
        dynamo.create_table(storage::table::definition(TABLE)).unwrap();
        Self::over(dynamo.clone(), dynamo, retry).await
    }

    /// A world whose client reaches `dynamo` through `http`.
    pub(crate) async fn over(dynamo: Dynamo, http: impl HttpClient + 'static, retry: RetryConfig) -> Self {
        let store = Store::new(client(http, retry), TABLE, [7; 32]);
        let settings = account(1);
        let manager = user(&settings, 1, Role::ALL);
        let colleague = user(&settings, 2, []);
        store.sign_up(sign_up(&settings, &manager)).await.unwrap();
        let account = store.account(settings.id);
        account.add_user(&with_password(&colleague), &Traces::default()).await.unwrap();
        let gateway = gateway(&account, 1, "+12015550100");
        account.add_gateway(&gateway, &Traces::default()).await.unwrap();
        account.top_up(bought(1, 0, credits(CREDITS)), &Traces::default()).await.unwrap();
        dynamo.take_calls();
        Self { dynamo, store, account, manager, colleague, gateway }
    }

    /// The colleagues' ids: the manager, and somebody who may be assigned.
    pub(crate) fn users(&self) -> [UserId; 2] {
        [self.manager.id, self.colleague.id]
    }

    /// Every item of the table, in the order of their keys, read behind the product's back.
    pub(crate) fn items(&self) -> Vec<Value> {
        let found = self.dynamo.run("Scan", &serde_json::json!({"TableName": TABLE})).unwrap();
        assert!(found.get("LastEvaluatedKey").is_none(), "the table of a test fits one page of a scan");
        let mut items = found["Items"].as_array().cloned().unwrap_or_default();
        items.sort_by_key(|item| (item["pk"]["S"].to_string(), item["sk"]["S"].to_string()));
        items
    }

    /// The items of one kind.
    pub(crate) fn of_kind(&self, kind: &str) -> Vec<Value> {
        self.items().into_iter().filter(|item| item["_t"]["S"] == kind).collect()
    }
}

/// Runs a future of a test that is not itself asynchronous, such as a property.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(future)
}

/// A UUID for what needs one that is not an id.
pub(crate) fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}
