//! The API's description, put together from what the functions say about their own routes.
//!
//! Each function documents its handlers with `#[utoipa::path]`; [`document`] merges these and adds what is the same
//! for all: how to authenticate, the problem document as the answer to everything that goes wrong, the title.

use crate::problem::{ProblemDocument, ProblemKind};
use crate::schema;
use std::collections::BTreeMap;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{Components, Schema};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ContentBuilder, Info, OpenApi, OpenApiVersion, PathItem, Ref, RefOr, Response, ResponseBuilder, Server,
};
use utoipa::{IntoParams, IntoResponses, PartialSchema, ToSchema};

/// The name of the security scheme of users: `Authorization: Bearer` with a session's token.
pub const SESSION: &str = "session";
/// The name of the security scheme of the operator: `Authorization: Bearer` with the operator's key. A handler that
/// takes [`Operator`](crate::Operator) says `security(("operator" = []))`.
pub const OPERATOR: &str = "operator";

const PROBLEM: &str = "Problem";

/// The description of the whole API (`OpenAPI` 3.1) from those of its functions.
///
/// Handlers that anybody may call say `security(())`; all others need a session.
pub fn document(parts: Vec<OpenApi>) -> OpenApi {
    let mut whole = OpenApi::new(info(), utoipa::openapi::Paths::new());
    whole.openapi = OpenApiVersion::Version31;
    for part in parts {
        whole.merge(part);
    }
    for path in whole.paths.paths.values_mut() {
        operations(path).into_iter().for_each(answer_problems);
    }
    whole.servers = Some(vec![Server::new("/")]);
    whole.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>(SESSION, [])]);
    complete(whole.components.get_or_insert_default());
    whole
}

fn info() -> Info {
    let mut info = Info::new("Textdesk", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "A shared inbox for text messages. Lists come in pages with an opaque cursor, times are RFC 3339 in UTC, \
         phone numbers E.164. Errors are problem documents (RFC 9457). A POST that creates or sends accepts an \
         Idempotency-Key. Ignore members that you do not know: new ones may appear at any time."
            .to_owned(),
    );
    info
}

fn operations(path: &mut PathItem) -> Vec<&mut Operation> {
    [&mut path.get, &mut path.put, &mut path.post, &mut path.delete, &mut path.patch]
        .into_iter()
        .filter_map(Option::as_mut)
        .collect()
}

/// Everything that is not listed among an operation's answers is a problem document, and so are the errors that are
/// listed, for which a handler only says which problems they are.
fn answer_problems(operation: &mut Operation) {
    let answers = &mut operation.responses.responses;
    for (status, answer) in answers.iter_mut() {
        if let RefOr::T(answer) = answer
            && (status.starts_with('4') || status.starts_with('5'))
        {
            answer.content = problem_response().content;
        }
    }
    answers.entry("default".to_owned()).or_insert_with(|| RefOr::Ref(Ref::from_response_name(PROBLEM)));
}

/// Adds the problem document and the ways to authenticate.
fn complete(components: &mut Components) {
    let mut needed = vec![(PROBLEM.to_owned(), ProblemDocument::schema())];
    ProblemDocument::schemas(&mut needed);
    for (name, mut schema) in needed {
        if name == PROBLEM {
            list_types(&mut schema);
        }
        components.schemas.insert(name, schema);
    }
    components.responses.insert(PROBLEM.to_owned(), RefOr::T(problem_response()));
    let bearer = |text: &str| {
        SecurityScheme::Http(
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(text)).build(),
        )
    };
    components.add_security_scheme(SESSION, bearer("The token that POST /v1/sessions answered."));
    components.add_security_scheme(OPERATOR, bearer("The key of the operator of this installation."));
}

/// Lists the values that the member `type` of a problem can have.
fn list_types(schema: &mut RefOr<Schema>) {
    if let RefOr::T(Schema::Object(problem)) = schema
        && let Some(RefOr::T(Schema::Object(member))) = problem.properties.get_mut("type")
    {
        member.enum_values = Some(ProblemKind::ALL.iter().map(|kind| kind.type_uri().into()).collect());
    }
}

fn problem_response() -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(PROBLEM))).build();
    ResponseBuilder::new()
        .description("What went wrong; see the member `type`.")
        .content("application/problem+json", content)
        .build()
}

/// So that a handler may list `Problem` among its `responses`. It need not: [`document`] adds it everywhere.
impl IntoResponses for crate::Problem {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        BTreeMap::from([("default".to_owned(), RefOr::Ref(Ref::from_response_name(PROBLEM)))])
    }
}

/// So that a handler may list `IdempotencyKey` among its `params`.
impl IntoParams for crate::IdempotencyKey {
    fn into_params(
        _parameter_in: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
    ) -> Vec<utoipa::openapi::path::Parameter> {
        use utoipa::openapi::path::{ParameterBuilder, ParameterIn};
        let text = "A name for this request, chosen by you: 1 to 255 visible ASCII characters. The same key with the \
                    same request gives the same answer for 24 hours, and nothing is done twice.";
        let parameter = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .description(Some(text))
            .schema(Some(schema::IdempotencyKey::schema()))
            .build();
        vec![parameter]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{IdempotencyKey, Page, PageQuery};
    use serde::Serialize;
    use serde_json::{Value, json};
    use utoipa_axum::{router::OpenApiRouter, routes};

    #[derive(Serialize, ToSchema)]
    struct Thing {
        #[schema(value_type = schema::ContactId)]
        id: String,
        #[schema(value_type = schema::PhoneNumber)]
        number: String,
    }

    /// All things.
    #[utoipa::path(get, path = "/v1/things", params(PageQuery), responses((status = 200, body = Page<Thing>)))]
    async fn list() {}

    /// A new thing.
    #[utoipa::path(
        post, path = "/v1/things", params(IdempotencyKey), security(()),
        responses((status = 201), (status = 409, description = "`conflict`"), crate::Problem),
    )]
    async fn add() {}

    fn whole() -> Value {
        let one = OpenApiRouter::<()>::new().routes(routes!(list)).into_openapi();
        let other = OpenApiRouter::<()>::new().routes(routes!(add)).into_openapi();
        serde_json::to_value(document(vec![one, other])).unwrap()
    }

    #[test]
    fn the_operations_of_all_functions_are_in_the_document_even_on_one_path() {
        let whole = whole();
        assert_eq!(whole["openapi"], "3.1.0");
        assert_eq!(whole["servers"], json!([{"url": "/"}]));
        let methods: Vec<_> = whole["paths"]["/v1/things"].as_object().unwrap().keys().collect();
        assert_eq!(methods, ["get", "post"]);
    }

    #[test]
    fn every_operation_answers_problems() {
        let whole = whole();
        for method in ["get", "post"] {
            let answer = &whole["paths"]["/v1/things"][method]["responses"]["default"];
            assert_eq!(answer["$ref"], "#/components/responses/Problem", "{method}");
        }
        let content = &whole["components"]["responses"]["Problem"]["content"]["application/problem+json"];
        assert_eq!(content["schema"]["$ref"], "#/components/schemas/Problem");
    }

    #[test]
    fn an_error_that_is_listed_is_a_problem_document() {
        let whole = whole();
        let answer = &whole["paths"]["/v1/things"]["post"]["responses"]["409"];
        assert_eq!(answer["description"], "`conflict`");
        let schema = &answer["content"]["application/problem+json"]["schema"];
        assert_eq!(schema["$ref"], "#/components/schemas/Problem");
        assert!(whole["paths"]["/v1/things"]["post"]["responses"]["201"].get("content").is_none());
    }

    #[test]
    fn the_types_of_problems_are_listed() {
        let whole = whole();
        let types = whole["components"]["schemas"]["Problem"]["properties"]["type"]["enum"]
            .as_array()
            .unwrap()
            .clone();
        assert_eq!(types.len(), ProblemKind::ALL.len());
        assert_eq!(types[0], "https://textdesk.example/problems/malformed");
    }

    #[test]
    fn each_reference_leads_somewhere() {
        let whole = whole();
        let mut references = Vec::new();
        collect(&whole, &mut references);
        assert!(!references.is_empty());
        for reference in references {
            assert!(whole.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
    }

    fn collect(value: &Value, references: &mut Vec<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| match value {
                Value::String(text) if name == "$ref" => references.push(text.clone()),
                _ => collect(value, references),
            }),
            Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
            _ => {}
        }
    }

    #[test]
    fn a_session_is_needed_unless_the_handler_says_otherwise() {
        let whole = whole();
        assert_eq!(whole["security"], json!([{"session": []}]));
        assert_eq!(whole["paths"]["/v1/things"]["post"]["security"], json!([{}]));
        for scheme in [SESSION, OPERATOR] {
            assert_eq!(whole["components"]["securitySchemes"][scheme]["scheme"], "bearer");
        }
    }

    #[test]
    fn parameters_are_described_with_their_bounds() {
        let whole = whole();
        let limit = &whole["paths"]["/v1/things"]["get"]["parameters"][0];
        assert_eq!(
            (&limit["name"], &limit["in"], &limit["required"]),
            (&json!("limit"), &json!("query"), &json!(false))
        );
        assert_eq!((&limit["schema"]["minimum"], &limit["schema"]["maximum"]), (&json!(1), &json!(100)));
        let key = &whole["paths"]["/v1/things"]["post"]["parameters"][0];
        assert_eq!(
            (&key["name"], &key["in"], &key["required"]),
            (&json!("Idempotency-Key"), &json!("header"), &json!(false))
        );
    }
}
