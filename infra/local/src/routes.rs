//! Which function answers a request, chosen as API Gateway chooses.

use std::collections::BTreeMap;

use crate::event::{Matched, decoded};
use crate::template::Template;

/// The routes of the template.
#[derive(Debug, Clone)]
pub struct Routes(Vec<Route>);

#[derive(Debug, Clone)]
struct Route {
    method: String,
    segments: Vec<Segment>,
    key: String,
    function: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Parameter(String),
    Rest(String),
}

impl Routes {
    /// The routes of a template.
    pub fn new(template: &Template) -> Self {
        Self(
            template
                .routes()
                .map(|(method, path, function)| Route::new(method, path, &function.id))
                .collect(),
        )
    }

    /// The function for a request, and what the path says. More literal parts win, then an exact method.
    pub fn find(&self, method: &str, path: &str) -> Option<(&str, Matched)> {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        self.0
            .iter()
            .filter(|route| route.method == method || route.method == "ANY")
            .filter_map(|route| route.matches(&parts).map(|parameters| (route, parameters)))
            .max_by_key(|(route, _)| route.rank())
            .map(|(route, parameters)| {
                (route.function.as_str(), Matched { key: route.key.clone(), parameters })
            })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Route {
    fn new(method: &str, path: &str, function: &str) -> Self {
        Self {
            method: method.to_owned(),
            segments: path.trim_start_matches('/').split('/').map(Segment::new).collect(),
            key: format!("{method} {path}"),
            function: function.to_owned(),
        }
    }

    /// One figure per segment, most specific highest; compared from the left.
    fn rank(&self) -> (Vec<u8>, bool) {
        let ranks = self.segments.iter().map(|segment| match segment {
            Segment::Literal(_) => 2,
            Segment::Parameter(_) => 1,
            Segment::Rest(_) => 0,
        });
        (ranks.collect(), self.method != "ANY")
    }

    fn matches(&self, parts: &[&str]) -> Option<BTreeMap<String, String>> {
        let mut parameters = BTreeMap::new();
        let mut rest = parts.iter();
        for segment in &self.segments {
            match segment {
                Segment::Literal(literal) => {
                    if decoded(rest.next()?) != *literal {
                        return None;
                    }
                }
                Segment::Parameter(name) => {
                    let value = rest.next().filter(|value| !value.is_empty())?;
                    parameters.insert(name.clone(), decoded(value));
                }
                Segment::Rest(name) => {
                    let value = rest.by_ref().copied().collect::<Vec<_>>().join("/");
                    parameters.insert(name.clone(), decoded(&value));
                }
            }
        }
        rest.next().is_none().then_some(parameters)
    }
}

impl Segment {
    fn new(text: &str) -> Self {
        let Some(name) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            return Self::Literal(text.to_owned());
        };
        name.strip_suffix('+')
            .map_or_else(|| Self::Parameter(name.to_owned()), |name| Self::Rest(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes() -> Routes {
        let paths = [
            ("GET", "/v1/c"),
            ("GET", "/v1/c/counts"),
            ("GET", "/v1/c/{id}"),
            ("ANY", "/v1/c/{id}"),
            ("GET", "/files/{rest+}"),
        ];
        Routes(paths.iter().map(|(method, path)| Route::new(method, path, path)).collect())
    }

    #[track_caller]
    fn check(method: &str, path: &str, key: Option<&str>) {
        assert_eq!(routes().find(method, path).map(|(_, matched)| matched.key).as_deref(), key);
    }

    #[test]
    fn a_literal_part_wins_over_a_parameter_and_a_method_over_any() {
        check("GET", "/v1/c", Some("GET /v1/c"));
        check("GET", "/v1/c/counts", Some("GET /v1/c/counts"));
        check("GET", "/v1/c/7", Some("GET /v1/c/{id}"));
        check("PUT", "/v1/c/counts", Some("ANY /v1/c/{id}"));
        check("GET", "/files/a/b", Some("GET /files/{rest+}"));
    }

    #[test]
    fn what_the_template_does_not_name_has_no_function() {
        for (method, path) in
            [("POST", "/v1/c"), ("GET", "/v1/c/"), ("GET", "/v1/c/7/x"), ("GET", "/"), ("GET", "/v2/c")]
        {
            check(method, path, None);
        }
    }

    #[test]
    fn parameters_are_decoded() {
        let routes = routes();
        let (_, matched) = routes.find("GET", "/v1/c/x%20y%2Fz").unwrap();
        assert_eq!(matched.parameters.get("id").unwrap(), "x y/z");
    }
}
