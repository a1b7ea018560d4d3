//! What the options of a job or a base may not say together.

use crate::{
    errors::Errors,
    options::{
        Options,
        rules::{Action, Backoff, Matcher, Retry, Rule, Wait},
    },
    spanned::Place,
    text,
};

pub fn check(options: &Options, errors: &mut Errors) {
    for rule in &options.rules {
        one_type_for_functions(rule, errors);
        any_stands_alone(rule, errors);
        if let Action::Retry(retry) = &rule.action {
            series_fit(retry, errors);
        }
    }
    rules_are_reached(&options.rules, errors);
}

/// `when`, and a wait that looks at the error, need to know its type.
fn one_type_for_functions(rule: &Rule, errors: &mut Errors) {
    if types_of(rule) <= 1 {
        return;
    }
    let help = "give each error a rule of its own";
    if let Some(when) = &rule.when {
        errors.push(
            Place::of(when),
            "`when` takes one error type, this rule names several",
            help,
        );
    }
    let Action::Retry(retry) = &rule.action else {
        return;
    };
    match (&retry.wait, &retry.backoff) {
        (Some(Wait::Function(wait)), _) => {
            errors.push(
                Place::of(wait),
                "a `wait` function takes one error type, this rule names several",
                help,
            );
        }
        (Some(Wait::Binding(binding)), _)
            if !rule.matchers.iter().all(|matcher| matcher.binds(binding)) =>
        {
            let message = format!("not every error of this rule binds `{binding}`");
            errors.push(binding.span(), message, help);
        }
        (_, Some(Backoff::Function(backoff))) => {
            errors.push(
                Place::of(backoff),
                "a `backoff` function takes one error type, this rule names several",
                help,
            );
        }
        _ => {}
    }
}

fn types_of(rule: &Rule) -> usize {
    let mut names: Vec<String> = Vec::new();
    for matcher in &rule.matchers {
        match matcher {
            Matcher::Any(_) => names.push("any".to_owned()),
            Matcher::Type(of) => names.push(text::of(of)),
            Matcher::Variants(cases) => names.extend(cases.iter().map(|case| text::of(&case.of))),
        }
    }
    // A whole type and one of its variants are two matchers over one type; a binding exists in one only.
    names.sort();
    names.dedup();
    names.len()
}

/// Beside `any`, another matcher of the same rule says nothing.
fn any_stands_alone(rule: &Rule, errors: &mut Errors) {
    let any = rule
        .matchers
        .iter()
        .any(|matcher| matches!(matcher, Matcher::Any(_)));
    if !any || rule.matchers.len() == 1 {
        return;
    }
    for matcher in rule
        .matchers
        .iter()
        .filter(|matcher| !matches!(matcher, Matcher::Any(_)))
    {
        let name = matcher.text();
        errors.push(
            matcher.at(),
            format!("`any` already covers `{name}`"),
            format!("remove `{name}`, or give it a rule of its own above"),
        );
    }
}

/// The options of a series that this series does not have.
fn series_fit(retry: &Retry, errors: &mut Errors) {
    let word = match &retry.backoff {
        Some(Backoff::Word(word)) => Some(word),
        _ => None,
    };
    let exponential = word.is_some_and(|word| word.value == "exponential");
    if let Some(factor) = retry.factor.as_ref().filter(|_| !exponential) {
        errors.push(
            factor.at,
            "`factor` belongs to `backoff = \"exponential\"`",
            "write `backoff = \"exponential\"`, or remove `factor`",
        );
    }
    let polynomial =
        word.filter(|word| matches!(word.value, "polynomial" | "exponentially_longer"));
    match (&retry.wait, &retry.backoff) {
        (Some(Wait::For(wait)), _) if polynomial.is_some() => {
            errors.push(
                wait.at,
                "`backoff = \"polynomial\"` has no `wait`: it waits n⁴ + 2 seconds",
                "remove `wait`, or write `backoff = \"exponential\"`",
            );
        }
        (Some(Wait::For(wait)), Some(Backoff::Function(_))) => {
            errors.push(
                wait.at,
                "the function in `backoff` already says how long to wait",
                "remove `wait`",
            );
        }
        (Some(Wait::Binding(_) | Wait::Function(_)), Some(backoff)) => {
            let at = match backoff {
                Backoff::Word(word) => word.at,
                Backoff::Function(function) => Place::of(function),
            };
            errors.push(
                at,
                "`wait` already says how long to wait",
                "remove `backoff`",
            );
        }
        _ => {}
    }
}

/// What an earlier rule takes whole.
struct Taken {
    keyword: String,
    what: String,
}

/// Every matcher can be reached, and no two rules share a key.
fn rules_are_reached(rules: &[Rule], errors: &mut Errors) {
    let mut any = false;
    let mut taken: Vec<Taken> = Vec::new();
    let mut keys: Vec<String> = Vec::new();
    for rule in rules {
        let before = errors.len();
        for matcher in &rule.matchers {
            if any {
                let name = matcher.text();
                errors.push(
                    matcher.at(),
                    format!("`{name}` is never reached: `any` above matches every error"),
                    "put the rule for `any` last",
                );
                continue;
            }
            match matcher {
                Matcher::Any(_) => {}
                Matcher::Type(of) => reached(rule, &[text::of(of)], matcher.at(), &taken, errors),
                Matcher::Variants(cases) => {
                    for case in cases {
                        let names = [text::of(&case.pattern), text::of(&case.of)];
                        reached(rule, &names, Place::of(&case.pattern), &taken, errors);
                    }
                }
            }
            if rule.when.is_none() {
                take(rule, matcher, &mut taken);
            }
        }
        any |= rule.when.is_none() && rule.matchers.iter().any(|m| matches!(m, Matcher::Any(_)));
        let key = rule.key();
        if errors.len() == before && keys.contains(&key) {
            let at = rule.id.as_ref().map_or(rule.at(), |id| id.at);
            let message = format!("two rules would share the count `{key}`");
            let help = match rule.id {
                Some(_) => "give one of them another `id`",
                None => "give one of them an `id`, as in `id = \"second\"`",
            };
            errors.push(at, message, help);
        }
        keys.push(key);
    }
}

fn reached(rule: &Rule, names: &[String], at: Place, taken: &[Taken], errors: &mut Errors) {
    let Some(earlier) = taken.iter().find(|taken| names.contains(&taken.what)) else {
        return;
    };
    let (name, what) = (names.first().map_or("", String::as_str), &earlier.what);
    let keyword = rule.keyword.to_string();
    if name == what && earlier.keyword != keyword {
        errors.push(
            at,
            format!(
                "`{name}` is both {} and {}",
                done(&earlier.keyword),
                done(&keyword)
            ),
            format!("remove it from `{}` or from `{keyword}`", earlier.keyword),
        );
    } else if name == what {
        errors.push(
            at,
            format!("`{name}` is never reached: a rule above matches it"),
            "remove one of them",
        );
    } else {
        errors.push(
            at,
            format!("`{name}` is never reached: `{what}` above matches all of it"),
            format!("put this rule before the one for `{what}`"),
        );
    }
}

fn done(keyword: &str) -> &'static str {
    match keyword {
        "retry_on" => "retried",
        _ => "discarded",
    }
}

fn take(rule: &Rule, matcher: &Matcher, taken: &mut Vec<Taken>) {
    let keyword = rule.keyword.to_string();
    let mut add = |what| {
        taken.push(Taken {
            keyword: keyword.clone(),
            what,
        })
    };
    match matcher {
        Matcher::Any(_) => {}
        Matcher::Type(of) => add(text::of(of)),
        Matcher::Variants(cases) => cases.iter().for_each(|case| add(text::of(&case.pattern))),
    }
}
