//! Tokens → [`RawQueues`]. Never fails; errors go to `Errors`.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::{Attribute, LitStr, Path, Token, Visibility, ext::IdentExt, parse::ParseStream};

use crate::{
    errors::Errors,
    names,
    options::{
        self,
        raw::{self, RawValue},
        value::Value,
    },
    spanned::{Place, Spanned},
    text,
};

/// All queues of one call.
#[derive(Default)]
pub struct RawQueues {
    pub queues: Vec<RawQueue>,
    pub krate: Option<Path>,
    /// Whether an entry was refused, so that an empty list has its reason.
    pub refused: bool,
}

/// One queue as written.
pub struct RawQueue {
    pub docs: Vec<Attribute>,
    pub ident: Ident,
    pub weight: Option<Spanned<u32>>,
    pub priority: Option<TokenStream>,
    pub paused: bool,
    /// `as "low-priority"`
    pub stored: Option<Spanned<String>>,
}

impl RawQueue {
    pub fn stored_name(&self) -> String {
        match &self.stored {
            Some(stored) => stored.value.clone(),
            None => names::plain(&self.ident),
        }
    }

    pub fn stored_at(&self) -> Place {
        self.stored
            .as_ref()
            .map_or(self.ident.span().into(), |stored| stored.at)
    }
}

pub fn parse(tokens: TokenStream, errors: &mut Errors) -> RawQueues {
    raw::all(tokens, |input| {
        let mut all = RawQueues::default();
        while !input.is_empty() {
            if input.peek(Token![crate]) {
                all.krate = krate(input, errors);
            } else {
                match queue(input, errors) {
                    Some(queue) => all.queues.push(queue),
                    None => all.refused = true,
                }
            }
            separator(input, errors);
        }
        all
    })
}

/// `crate = path`, for a renamed `jobs`.
fn krate(input: ParseStream<'_>, errors: &mut Errors) -> Option<Path> {
    let at = raw::next_place(input);
    let parse = || {
        input.parse::<Token![crate]>()?;
        input.parse::<Token![=]>()?;
        input.call(Path::parse_mod_style)
    };
    let path = parse().ok();
    if path.is_none() {
        skip(input);
        errors.push(
            at,
            "`crate` takes the path of the `jobs` crate",
            "write `crate = my::jobs`",
        );
    }
    path
}

fn separator(input: ParseStream<'_>, errors: &mut Errors) {
    if input.is_empty() || input.parse::<Token![,]>().is_ok() {
        return;
    }
    let at = raw::next_place(input);
    if input.parse::<Token![;]>().is_ok() {
        errors.push(at, "queues are separated by commas", "write `,`");
        return;
    }
    errors.push(at, "expected `,`", "queues are separated by commas");
    if !input.peek(Ident::peek_any) || input.peek(Token![as]) {
        skip(input);
        let _ = input.parse::<Token![,]>();
    }
}

/// To the next comma or semicolon.
fn skip(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) && !input.peek(Token![;]) {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}

fn queue(input: ParseStream<'_>, errors: &mut Errors) -> Option<RawQueue> {
    let docs = docs(input, errors);
    let at = raw::next_place(input);
    if input.peek(Token![pub]) {
        let vis = input.parse::<Visibility>().ok()?;
        errors.push(
            Place::of(&vis),
            "queues are public: a queue takes no visibility",
            "remove it",
        );
    }
    let Ok(ident) = input.call(Ident::parse_any) else {
        return no_name(input, at, errors);
    };
    let Some(ident) = names::identifier(&names::plain(&ident), ident.span()) else {
        errors.push(
            ident.span(),
            format!("`{ident}` cannot name a queue"),
            format!("write `{ident}_ as \"{ident}\"`"),
        );
        skip(input);
        return None;
    };
    let mut queue = RawQueue {
        docs,
        ident,
        weight: None,
        priority: None,
        paused: false,
        stored: None,
    };
    generics(input, errors);
    if let Some((delimiter, at, tokens)) = raw::group(input) {
        match delimiter {
            Delimiter::Parenthesis => read(&mut queue, tokens, errors),
            _ => {
                let help =
                    "write them in parentheses, as in `mailers(weight = 1, priority = 5, paused)`";
                let at = if tokens.is_empty() {
                    at
                } else {
                    Place::of(&tokens)
                };
                errors.push(at, "a queue has options, not fields", help);
            }
        }
    }
    if input.parse::<Token![as]>().is_ok() {
        stored(input, &mut queue, errors);
    }
    Some(queue)
}

fn docs(input: ParseStream<'_>, errors: &mut Errors) -> Vec<Attribute> {
    let mut attributes = input.call(Attribute::parse_outer).unwrap_or_default();
    attributes.retain(|attribute| {
        let is_doc = attribute.path().is_ident("doc");
        if !is_doc {
            let name = text::of(attribute.path());
            errors.push(
                Place::of(attribute.path()),
                format!("a queue takes doc comments, not `{name}`"),
                "remove the attribute",
            );
        }
        is_doc
    });
    attributes
}

fn no_name(input: ParseStream<'_>, at: Place, errors: &mut Errors) -> Option<RawQueue> {
    let help = match input.fork().parse::<LitStr>() {
        Ok(text) => match names::identifier(&text.value(), text.span()) {
            Some(ident) => format!("write `{ident}`; it is stored as `{}`", text.value()),
            None => format!("write `name as \"{}\"`", text.value()),
        },
        Err(_) => "write `mailers`, or `mailers(weight = 1) as \"low-priority\"`".to_owned(),
    };
    errors.push(at, "expected a queue name", help);
    skip(input);
    None
}

fn generics(input: ParseStream<'_>, errors: &mut Errors) {
    if !input.peek(Token![<]) {
        return;
    }
    let begin = input.fork();
    while !input.is_empty() && !input.peek(Token![,]) {
        let last = input.peek(Token![>]);
        if input.parse::<TokenTree>().is_err() || last {
            break;
        }
    }
    let taken = raw::between(&begin, input);
    errors.push(
        Place::of(&taken),
        "a queue cannot be generic",
        "remove the parameters",
    );
}

fn read(queue: &mut RawQueue, tokens: TokenStream, errors: &mut Errors) {
    for option in raw::parse(tokens, &options::QUEUE, errors) {
        let RawValue::Value(expr) = &option.value else {
            queue.paused |= option.opt.name == "paused";
            continue;
        };
        let value = Value {
            name: option.opt.name,
            example: option.opt.example,
            expr,
        };
        if option.opt.name == "weight" {
            queue.weight = value
                .count(errors)
                .map(|weight| Spanned::new(weight, Place::of(expr)));
        } else {
            queue.priority = value.priority(errors);
        }
    }
}

fn stored(input: ParseStream<'_>, queue: &mut RawQueue, errors: &mut Errors) {
    let at = raw::next_place(input);
    match input.parse::<LitStr>() {
        Ok(text) => queue.stored = Some(Spanned::new(text.value(), text.span())),
        Err(_) => {
            let ident = &queue.ident;
            errors.push(
                at,
                "expected the stored name as a string",
                format!("write `{ident} as \"{ident}\"`"),
            );
            skip(input);
        }
    }
    if let Some((Delimiter::Parenthesis, at, tokens)) = raw::group(input) {
        let ident = &queue.ident;
        let help = format!(
            "write `{ident}({}) as \"{}\"`",
            text::of(&tokens),
            queue.stored_name()
        );
        errors.push(at, "the options of a queue stand before `as`", help);
    }
}
