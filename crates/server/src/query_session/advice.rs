//! What to do about an error of PostgreSQL's for which it gives no hint itself.

use howdah_pg::TransactionStatus;

/// By SQLSTATE (PostgreSQL's manual, appendix A), of a statement that `user` ran; `None` where the error's own words say
/// enough.
pub(super) fn advice(sqlstate: &str, user: &str, transaction: TransactionStatus) -> Option<String> {
    let is_within = transaction != TransactionStatus::Idle;
    let words = match sqlstate {
        "25P02" => "Roll the transaction back, or go back to a savepoint; until then nothing runs in it.",
        "2D000" if is_within => {
            "A procedure that commits is called outside of a transaction: in Autocommit, without BEGIN."
        }
        "25001" if is_within => "Run it outside of a transaction: in Autocommit, without BEGIN and by itself.",
        "40001" => "It met another transaction, and nothing is wrong with the statement. Run the transaction again.",
        "42501" => {
            return Some(format!(
                "You are connected as {user}. Who owns the object, or a superuser, can GRANT what is missing to this role."
            ));
        }
        "42P01" => {
            "If it is a table, name its schema: \\dt *.NAME looks for it in all. If it is a name within this statement, it \
             is missing from FROM."
        }
        "53400" => {
            "Narrow down what is sorted or joined, or raise the limit that the message names: SET, or ALTER ROLE."
        }
        "55P03" => "Another transaction holds a lock on it. Try again when that has ended.",
        _ => return None,
    };
    Some(words.to_owned())
}
