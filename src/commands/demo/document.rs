//! Documents of the demo: small PDF files of one page of text.

/// A PDF of one page with lines of ASCII text, in a font that every viewer has.
pub(super) fn pdf(lines: &[&str]) -> Vec<u8> {
    let mut page = String::from("BT /F1 11 Tf 16 TL 72 770 Td\n");
    for line in lines {
        let escaped = line.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        page.push_str(&format!("({escaped}) Tj T*\n"));
    }
    page.push_str("ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>"
            .to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{page}\nendstream", page.len()),
    ];
    let mut document = String::from("%PDF-1.4\n");
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(document.len());
        document.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let (table, size) = (document.len(), objects.len() + 1);
    document.push_str(&format!("xref\n0 {size}\n0000000000 65535 f \n"));
    for place in places {
        document.push_str(&format!("{place:010} 00000 n \n"));
    }
    document.push_str(&format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"));
    document.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_is_where_the_table_says() {
        let document = String::from_utf8(pdf(&["To whom it may concern", "A (small) test"])).expect("ASCII");
        assert!(document.starts_with("%PDF-1.4\n") && document.ends_with("\n%%EOF\n"));
        assert!(document.contains("(A \\(small\\) test) Tj"));
        let (_, after) = document.rsplit_once("startxref\n").expect("where the table is");
        let table: usize = after.lines().next().expect("a line").parse().expect("a number");
        let rows: Vec<&str> = document.get(table..).expect("a table").lines().collect();
        assert_eq!(rows[..3], ["xref", "0 6", "0000000000 65535 f "]);
        for number in 1..=5 {
            // Each row has 20 bytes, its line feed included.
            assert_eq!(rows[number + 2].len(), 19);
            let place: usize = rows[number + 2].get(..10).expect("ten digits").parse().expect("a place");
            assert!(document.get(place..).expect("a place").starts_with(&format!("{number} 0 obj\n")), "{number}");
        }
        let (before, stream) = document.split_once("\nstream\n").expect("a page");
        let (stream, _) = stream.split_once("\nendstream").expect("its end");
        assert!(before.ends_with(&format!("/Length {} >>", stream.len())));
    }
}
