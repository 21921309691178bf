//! Messages other than rows, as postgres-protocol parses them.

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use postgres_protocol::message::backend::{Message, RowDescriptionBody};

use crate::{
    server_error::ProtocolError,
    session::{Column, TransactionStatus},
};

/// Parses a whole message.
pub(crate) fn parse(mut message: BytesMut) -> Result<Message, ProtocolError> {
    Message::parse(&mut message)?.ok_or_else(|| ProtocolError::new("a message is cut off"))
}

pub(crate) fn columns(body: &RowDescriptionBody) -> Result<Vec<Column>, ProtocolError> {
    let columns = body.fields().map(|field| {
        Ok(Column {
            name: field.name().to_owned(),
            type_oid: field.type_oid(),
            type_modifier: field.type_modifier(),
            table_oid: field.table_oid(),
            attribute_number: field.column_id(),
        })
    });
    Ok(columns.collect()?)
}

pub(crate) fn transaction_status(status: u8) -> Result<TransactionStatus, ProtocolError> {
    match status {
        b'I' => Ok(TransactionStatus::Idle),
        b'T' => Ok(TransactionStatus::InTransaction),
        b'E' => Ok(TransactionStatus::Failed),
        _ => Err(ProtocolError::new("an unknown transaction status")),
    }
}
