use super::{Value, read};

fn value(text: &str) -> Value {
    let source = read(&format!("TENANT = 'contoso'\nX = {text}\n"));
    source.assignments.into_iter().find(|assignment| assignment.name == "X").expect("an assignment").value
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn literals_are_read_as_python_has_them() {
    let table = |entries: &[(&str, Value)]| {
        Value::Table(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
    };
    for (source, expected) in [
        ("True", Value::Boolean(true)),
        ("None  # nothing", Value::None),
        ("-12", Value::Integer(-12)),
        ("1_000", Value::Integer(1000)),
        ("0.5", Value::Float(0.5)),
        ("'it\\'s'", text("it's")),
        (r#"r"C:\new""#, text(r"C:\new")),
        ("'a\\tb\\x41\\u00e9'", text("a\tbAé")),
        ("'one' \"two\"", text("onetwo")),
        ("('one'\n  'two')", text("onetwo")),
        ("'''two\nlines'''", text("two\nlines")),
        ("'a' + \\\n 'b'", text("ab")),
        ("TENANT + '.com'", text("contoso.com")),
        ("f'https://{TENANT}/{{v2}}'", text("https://contoso/{v2}")),
        ("['a', 1,]", Value::List(vec![text("a"), Value::Integer(1)])),
        ("('a',)", Value::List(vec![text("a")])),
        ("'a', 'b'", Value::List(vec![text("a"), text("b")])),
        ("{'a', 'b'}", Value::List(vec![text("a"), text("b")])),
        (
            "{'a': {'b': [True]},\n # a remark\n}",
            table(&[("a", table(&[("b", Value::List(vec![Value::Boolean(true)]))]))]),
        ),
        ("{}", table(&[])),
        ("os.environ['SECRET']", Value::Variable("SECRET".to_owned())),
        ("os.environ.get('SECRET', 'x').strip()", Value::Variable("SECRET".to_owned())),
        ("os.getenv(\"SECRET\")", Value::Variable("SECRET".to_owned())),
        ("open('/run/secrets/x').read().strip()", Value::File("/run/secrets/x".to_owned())),
        ("os.path.join('/a', 'b')", text("/a/b")),
    ] {
        assert_eq!(value(source), expected, "{source}");
    }
}

#[test]
fn whatever_is_more_than_a_literal_is_named_with_its_line_and_spoils_nothing_else() {
    for source in [
        "1 + 1",
        "x if y else z",
        "call()",
        "f'{a + b}'",
        "{'a': 1, 'b'}",
        "lambda: 1",
        "'never closed",
        "[1, 2",
        "b'bytes'",
        "a.b",
    ] {
        assert_eq!(value(source), Value::Unreadable(2), "{source}");
    }
    let inside = value("[\n  'good',\n  call(1, [2]),\n  'also good',\n]");
    assert_eq!(inside, Value::List(vec![text("good"), Value::Unreadable(4), text("also good")]));
    let deep = "[".repeat(10_000);
    assert_eq!(value(&deep), Value::Unreadable(2));
}

#[test]
fn the_last_assignment_counts_and_other_lines_are_told() {
    let source = read(
        "\u{feff}import os\n\"\"\"A remark.\"\"\"\nA = 1\nA = 2\nif DEBUG:\n    B = 3\nC['x'] = 4\nD: int = 5\nE += 1\nfrom x import *\n",
    );
    let read: Vec<_> = source.assignments.iter().map(|found| (found.name.as_str(), found.line)).collect();
    assert_eq!(read, [("A", 4)]);
    assert_eq!(source.assignments[0].value, Value::Integer(2));
    let others = [(5, None), (6, Some("B".to_owned())), (7, None), (8, None), (9, None)];
    assert_eq!(source.others, others);
}
