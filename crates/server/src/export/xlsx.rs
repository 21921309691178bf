//! A workbook of Excel, written as it streams (ECMA-376, part 1: SpreadsheetML).
//!
//! What a sheet cannot hold goes on in a further sheet, and what a cell cannot hold is said on a sheet of its own. A
//! number of more digits than Excel keeps stands as text, so that none is lost.

use std::io::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{BufMut, Bytes, BytesMut};
use howdah_pg::Column;
use howdah_pg::copy_text::RowSink;
use howdah_pg::types::Meaning;
use time::macros::{date, format_description};
use time::{Date, Time};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::format::{FileWriter, Shape, is_finite, shapes};
use super::output;

/// The workbook cannot be written on.
#[derive(Debug, thiserror::Error)]
#[error("the workbook cannot be written")]
pub(super) struct XlsxError(#[from] zip::result::ZipError);

/// Characters that a cell holds, in UTF-16 (Excel's specifications and limits).
const CELL_UNITS: usize = 32_767;
/// More bytes than these are never needed to fill a cell.
const CELL_BYTES: usize = CELL_UNITS * 4;
/// Rows of a sheet, the head included.
const SHEET_ROWS: u32 = 1_048_576;
/// A sheet ends before its text reaches what needs the 64-bit form of a zip file, which Excel does not read in a stream.
const SHEET_BYTES: u64 = 3 * 1024 * 1024 * 1024;
/// So much of a sheet is gathered before it is compressed.
const GATHERED: usize = 32 * 1024;
/// Significant digits that Excel keeps of a number.
const DIGITS: usize = 15;
/// Cut cells that are named one by one.
const NAMED_CUTS: usize = 20;

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
/// Plain, head, day, and time.
const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/><numFmt numFmtId="165" formatCode="yyyy\-mm\-dd\ hh:mm:ss.000"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>"#;
const SHEET_HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">"#;
const FROZEN_HEAD: &str = r#"<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>"#;

/// Writes rows as the sheets of a workbook.
pub(super) struct XlsxWriter {
    zip: Option<ZipWriter<StreamWriter<Outlet>>>,
    outlet: Outlet,
    failure: Option<zip::result::ZipError>,
    names: Option<Vec<String>>,
    columns: Vec<String>,
    shapes: Vec<Shape>,
    /// Rows and bytes of the current sheet.
    sheet_rows: u32,
    sheet_bytes: u64,
    sheets: u32,
    column: usize,
    row: u64,
    is_null: bool,
    /// The current value, up to what a cell holds.
    value: Vec<u8>,
    overflows: bool,
    xml: BytesMut,
    cuts: u64,
    named_cuts: Vec<String>,
}

impl XlsxWriter {
    /// Begins a workbook whose sheets begin with the columns' names if `header` says so.
    pub(super) fn new(columns: &[Column], header: bool) -> Self {
        let outlet = Outlet::default();
        let columns_names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let mut writer = Self {
            zip: Some(ZipWriter::new_stream(outlet.clone())),
            outlet,
            failure: None,
            names: header.then(|| columns_names.clone()),
            columns: columns_names,
            shapes: shapes(columns),
            sheet_rows: 0,
            sheet_bytes: 0,
            sheets: 0,
            column: 0,
            row: 0,
            is_null: false,
            value: Vec::new(),
            overflows: false,
            xml: BytesMut::new(),
            cuts: 0,
            named_cuts: Vec::new(),
        };
        writer.part("[Content_Types].xml", TYPES);
        writer.part("_rels/.rels", RELATIONS);
        writer.part("xl/styles.xml", STYLES);
        writer.begin_sheet();
        writer
    }

    fn begin_sheet(&mut self) {
        self.sheets += 1;
        self.sheet_rows = 0;
        self.sheet_bytes = 0;
        self.begin_part(&format!("xl/worksheets/sheet{}.xml", self.sheets));
        self.xml.put_slice(SHEET_HEAD.as_bytes());
        let names = self.names.clone();
        if names.is_some() {
            self.xml.put_slice(FROZEN_HEAD.as_bytes());
        }
        self.xml.put_slice(b"<sheetData>");
        if let Some(names) = names {
            self.xml.put_slice(b"<row>");
            for name in &names {
                text_cell(name, Some(1), &mut self.xml);
            }
            self.xml.put_slice(b"</row>");
            self.sheet_rows = 1;
        }
    }

    fn end_sheet(&mut self) {
        self.xml.put_slice(b"</sheetData></worksheet>");
        self.pour();
    }

    fn part(&mut self, name: &str, text: &str) {
        self.begin_part(name);
        self.xml.put_slice(text.as_bytes());
        self.pour();
    }

    fn begin_part(&mut self, name: &str) {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(1))
            .last_modified_time(zip::DateTime::default());
        if let Some(zip) = &mut self.zip
            && let Err(error) = zip.start_file(name, options)
        {
            self.fail(error);
        }
    }

    /// Hands what was gathered to the compressor.
    fn pour(&mut self) {
        self.sheet_bytes += self.xml.len() as u64;
        if let Some(zip) = &mut self.zip
            && let Err(error) = zip.write_all(&self.xml)
        {
            self.fail(error.into());
        }
        self.xml.clear();
    }

    fn fail(&mut self, error: zip::result::ZipError) {
        self.zip = None;
        self.failure = Some(error);
    }

    fn write_value(&mut self) {
        let value = std::mem::take(&mut self.value);
        let whole = String::from_utf8_lossy(&value);
        let text = fitting(&whole);
        if self.overflows || text.len() < whole.len() {
            self.note_cut();
        }
        let meaning = match self.shapes.get(self.column) {
            Some(Shape::Single(meaning)) => *meaning,
            _ => Meaning::Text,
        };
        let xml = &mut self.xml;
        match meaning {
            Meaning::Number if is_kept(text) => put(xml, &format!("<c><v>{text}</v></c>")),
            Meaning::Boolean => put(xml, &format!("<c t=\"b\"><v>{}</v></c>", u8::from(text == "t"))),
            Meaning::Date => match day(text) {
                Some(serial) => put(xml, &format!("<c s=\"2\"><v>{serial}</v></c>")),
                None => text_cell(text, None, xml),
            },
            Meaning::Timestamp => match instant(text) {
                Some(serial) => put(xml, &format!("<c s=\"3\"><v>{serial}</v></c>")),
                None => text_cell(text, None, xml),
            },
            _ => text_cell(text, None, xml),
        }
        drop(whole);
        self.value = value;
        self.value.clear();
        self.overflows = false;
    }

    fn note_cut(&mut self) {
        self.cuts += 1;
        if self.named_cuts.len() < NAMED_CUTS {
            let column = self.columns.get(self.column).map_or("", String::as_str);
            self.named_cuts.push(format!("Row {}, column {column}", self.row + 1));
        }
    }

    /// What the sheets could not hold, in words.
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.sheets > 1 {
            notes.push(format!(
                "A sheet of Excel holds {SHEET_ROWS} rows, so the rows go on: there are {} sheets of them.",
                self.sheets
            ));
        }
        if self.cuts > 0 {
            notes.push(format!(
                "A cell of Excel holds {CELL_UNITS} characters. Of {} longer values only the beginning is here; a CSV or JSON download has all of them.",
                self.cuts
            ));
            notes.extend(self.named_cuts.iter().cloned());
        }
        notes
    }

    fn write_workbook(&mut self, has_notes: bool) {
        let mut sheets = String::new();
        let mut relations = String::new();
        for number in 1..=self.sheets {
            let name = if number > self.sheets - u32::from(has_notes) {
                "Notes".to_owned()
            } else if number == 1 {
                "Rows".to_owned()
            } else {
                format!("Rows {number}")
            };
            sheets.push_str(&format!("<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"rId{number}\"/>"));
            relations.push_str(&format!("<Relationship Id=\"rId{number}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"));
        }
        let styles = self.sheets + 1;
        self.part("xl/workbook.xml", &format!("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>{sheets}</sheets></workbook>"));
        self.part("xl/_rels/workbook.xml.rels", &format!("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{relations}<Relationship Id=\"rId{styles}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" Target=\"styles.xml\"/></Relationships>"));
    }
}

impl RowSink for XlsxWriter {
    fn text(&mut self, piece: &[u8]) {
        let room = CELL_BYTES.saturating_sub(self.value.len());
        self.overflows |= piece.len() > room;
        self.value.extend_from_slice(&piece[..piece.len().min(room)]);
    }

    fn null(&mut self) {
        self.is_null = true;
    }

    fn end_value(&mut self) {
        if self.column == 0 {
            if self.sheet_rows == SHEET_ROWS || self.sheet_bytes > SHEET_BYTES {
                self.end_sheet();
                self.begin_sheet();
            }
            self.xml.put_slice(b"<row>");
        }
        if std::mem::take(&mut self.is_null) {
            self.xml.put_slice(b"<c/>");
        } else {
            self.write_value();
        }
        self.column += 1;
    }

    fn end_row(&mut self) {
        if self.column > 0 {
            self.xml.put_slice(b"</row>");
            self.sheet_rows += 1;
        }
        self.row += 1;
        self.column = 0;
        if self.xml.len() > GATHERED {
            self.pour();
        }
    }
}

impl FileWriter for XlsxWriter {
    fn finish(&mut self) {
        self.end_sheet();
        let notes = self.notes();
        if !notes.is_empty() {
            self.names = None;
            self.begin_sheet();
            for note in &notes {
                self.xml.put_slice(b"<row>");
                text_cell(note, None, &mut self.xml);
                self.xml.put_slice(b"</row>");
            }
            self.end_sheet();
        }
        self.write_workbook(!notes.is_empty());
        if let Some(zip) = self.zip.take()
            && let Err(error) = zip.finish()
        {
            self.fail(error);
        }
    }

    fn take(&mut self, at_least: usize) -> Result<Bytes, XlsxError> {
        match self.failure.take() {
            Some(error) => Err(error.into()),
            None => Ok(self.outlet.take(at_least)),
        }
    }
}

/// Where the compressor writes, and from where the file is taken.
#[derive(Debug, Default, Clone)]
struct Outlet(Arc<Mutex<BytesMut>>);

impl Outlet {
    fn take(&self, at_least: usize) -> Bytes {
        output::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner), at_least)
    }
}

impl io::Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).put_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn put(xml: &mut BytesMut, text: &str) {
    xml.put_slice(text.as_bytes());
}

fn text_cell(text: &str, style: Option<u8>, xml: &mut BytesMut) {
    put(xml, "<c t=\"inlineStr\"");
    if let Some(style) = style {
        put(xml, &format!(" s=\"{style}\""));
    }
    put(xml, "><is><t xml:space=\"preserve\">");
    escape(text, xml);
    put(xml, "</t></is></c>");
}

/// XML's own characters, and `_x000B_` for what XML has no place for (ECMA-376, part 1, 22.9.2.19).
fn escape(text: &str, xml: &mut BytesMut) {
    let mut buffer = [0; 4];
    for (at, character) in text.char_indices() {
        match character {
            '<' => put(xml, "&lt;"),
            '>' => put(xml, "&gt;"),
            '&' => put(xml, "&amp;"),
            '_' if looks_escaped(&text.as_bytes()[at..]) => put(xml, "_x005F_"),
            '\n' | '\t' => put(xml, character.encode_utf8(&mut buffer)),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => put(xml, &format!("_x{:04X}_", u32::from(character))),
            _ => put(xml, character.encode_utf8(&mut buffer)),
        }
    }
}

fn looks_escaped(text: &[u8]) -> bool {
    matches!(text, [b'_', b'x', a, b, c, d, b'_', ..] if [a, b, c, d].into_iter().all(u8::is_ascii_hexdigit))
}

/// As much of a text as a cell holds.
fn fitting(text: &str) -> &str {
    if text.len() <= CELL_UNITS {
        return text;
    }
    let mut units = 0;
    for (at, character) in text.char_indices() {
        units += character.len_utf16();
        if units > CELL_UNITS {
            return &text[..at];
        }
    }
    text
}

/// Whether Excel keeps a number as it is.
fn is_kept(number: &str) -> bool {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
    let significant = digits.iter().skip_while(|&&digit| digit == b'0').count();
    let magnitude = number.parse::<f64>().map_or(f64::INFINITY, f64::abs);
    is_finite(number.as_bytes())
        && significant <= DIGITS
        && magnitude < 1e300
        && (magnitude == 0.0 || magnitude > 1e-300)
}

/// Excel counts days from here, and is right about it from March 1900 on.
const DAY_ZERO: Date = date!(1899 - 12 - 30);
const FIRST_DAY: Date = date!(1900 - 03 - 01);

fn day(text: &str) -> Option<i32> {
    let day = Date::parse(text, format_description!("[year]-[month]-[day]")).ok()?;
    (day >= FIRST_DAY).then(|| day.to_julian_day() - DAY_ZERO.to_julian_day())
}

/// Excel shows thousandths of a second; a time with more stays text.
fn instant(text: &str) -> Option<String> {
    let (date, time) = text.split_once(' ')?;
    let day = day(date)?;
    let (seconds, fraction) = time.split_once('.').unwrap_or((time, ""));
    if fraction.len() > 3 {
        return None;
    }
    let time = Time::parse(seconds, format_description!("[hour]:[minute]:[second]")).ok()?;
    let millis = format!("{fraction:0<3}").parse::<u32>().ok()?;
    let (hour, minute, second) = time.as_hms();
    let second_of_day = (u32::from(hour) * 60 + u32::from(minute)) * 60 + u32::from(second);
    let part = f64::from(second_of_day * 1000 + millis) / 86_400_000.0;
    Some((f64::from(day) + part).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_excels_or_stay_text() {
        assert_eq!(day("1900-03-01"), Some(61));
        assert_eq!(day("2026-11-26"), Some(46_352));
        assert_eq!(day("1899-12-31"), None);
        assert_eq!(day("infinity"), None);
        assert_eq!(day("0044-03-15 BC"), None);
        assert_eq!(instant("2026-11-26 12:00:00").as_deref(), Some("46352.5"));
        assert_eq!(instant("2026-11-26 18:00:00.5").as_deref(), Some("46352.750005787035"));
        assert_eq!(instant("2026-11-26 12:00:00.123456"), None);
    }

    #[test]
    fn numbers_keep_their_digits_or_become_text() {
        for (number, kept) in [
            ("0", true),
            ("-12.50", true),
            ("123456789012345", true),
            ("1234567890123456", false),
            ("0.000123456789012345", true),
            ("9007199254740993", false),
            ("1e+20", true),
            ("NaN", false),
            ("-Infinity", false),
            ("1e-310", false),
        ] {
            assert_eq!(is_kept(number), kept, "{number}");
        }
    }

    #[test]
    fn characters_that_xml_lacks_are_escaped() {
        let mut xml = BytesMut::new();
        escape("a<b>&\u{b}\r\n_x000B_ _x", &mut xml);
        assert_eq!(str::from_utf8(&xml), Ok("a&lt;b&gt;&amp;_x000B__x000D_\n_x005F_x000B_ _x"));
    }

    #[test]
    fn a_cell_takes_so_many_characters() {
        assert_eq!(fitting(&"a".repeat(40_000)).len(), CELL_UNITS);
        assert_eq!(fitting(&"😀".repeat(20_000)).chars().count(), CELL_UNITS / 2);
        assert_eq!(fitting("ä").len(), 2);
    }
}
