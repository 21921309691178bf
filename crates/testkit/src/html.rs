//! Just enough HTML to fill a form: the pages are those of the provider and of Howdah, both well formed.

/// A form with the fields a browser would send.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) posts: bool,
    /// Whether there is anything a person would have to fill in or press.
    pub(crate) needs_a_person: bool,
}

/// The forms of a page, in order.
pub(crate) fn forms(html: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut is_without_scripts = false;
    for tag in tags(html) {
        // A browser with scripts, as this one pretends to be, sees nothing of it.
        is_without_scripts = tag.name == "noscript" || (is_without_scripts && tag.name != "/noscript");
        if is_without_scripts {
            continue;
        }
        let attribute = |name: &str| tag.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
        if tag.name == "form" {
            forms.push(Form {
                action: attribute("action").unwrap_or_default(),
                posts: attribute("method").is_some_and(|method| method.eq_ignore_ascii_case("post")),
                fields: Vec::new(),
                needs_a_person: false,
            });
            continue;
        }
        let Some(form) = forms.last_mut() else {
            continue;
        };
        if tag.name == "button" {
            form.needs_a_person = true;
        }
        if tag.name != "input" {
            continue;
        }
        let kind = attribute("type").unwrap_or_default();
        form.needs_a_person |= !matches!(kind.as_str(), "hidden" | "submit");
        if let Some(name) = attribute("name")
            && !matches!(kind.as_str(), "submit" | "checkbox" | "radio")
        {
            form.fields.push((name, attribute("value").unwrap_or_default()));
        }
    }
    forms
}

struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

fn tags(html: &str) -> impl Iterator<Item = Tag> + '_ {
    let is_tag = |rest: &&str| rest.strip_prefix('/').unwrap_or(rest).starts_with(|c: char| c.is_ascii_alphabetic());
    html.split('<').skip(1).filter(is_tag).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '/').unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        Tag { name: name.to_ascii_lowercase(), attributes: attributes(rest) }
    })
}

fn attributes(mut rest: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/')).unwrap_or(rest.len());
        if end == 0 {
            return found;
        }
        let (name, after) = rest.split_at(end);
        let (value, after) = match after.strip_prefix('=') {
            None => ("", after),
            Some(after) => match after.chars().next() {
                Some(quote @ ('"' | '\'')) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                _ => after.split_at(after.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(after.len())),
            },
        };
        found.push((name.to_ascii_lowercase(), unescape(value)));
        rest = after;
    }
}

fn unescape(text: &str) -> String {
    // The ampersand last, so that "&amp;lt;" stays "&lt;".
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'"), ("&#x27;", "'")];
    let text = entities.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character));
    text.replace("&#x2F;", "/").replace("&#38;", "&").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_sign_in_form() {
        let page = r#"<p>1 < 2</p><form method="post" action="/a?x=1&amp;y=2"><input type=hidden name="state" value='a"b'>
            <input name="user"/><button>Go</button></form>"#;
        let fields = vec![("state".to_owned(), "a\"b".to_owned()), ("user".to_owned(), String::new())];
        let form = Form { action: "/a?x=1&y=2".to_owned(), fields, posts: true, needs_a_person: true };
        assert_eq!(forms(page), [form]);
    }

    #[test]
    fn what_stands_in_for_scripts_is_not_seen() {
        let html =
            "<form method=post><input type=hidden name=a value=b><noscript><button>Go</button></noscript></form>";
        assert!(!forms(html)[0].needs_a_person);
    }

    #[test]
    fn a_form_of_hidden_fields_needs_no_person() {
        let page = r#"<form method="POST" action="https://x/"><input type="hidden" name="code" value="1"/></form>"#;
        assert!(!forms(page)[0].needs_a_person);
    }
}
