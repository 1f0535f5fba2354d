//! C streams: batch by batch, errors in the middle, released exactly once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::types::UInt32Type;
use arrow_array::{Array, DictionaryArray, Int64Array, RecordBatch, RecordBatchReader, StringViewArray, UInt32Array};
use arrow_schema::{ArrowError, DataType, Field, SchemaRef};
use crm_arrow::{Incoming, score_stream, score_table};

use super::{batch, options, rules, schema, scores};

/// A reader that counts its end of life and may fail at some batch.
pub(crate) struct Source {
    pub(crate) schema: SchemaRef,
    pub(crate) batches: std::vec::IntoIter<Result<RecordBatch, ArrowError>>,
    pub(crate) ended: Arc<AtomicUsize>,
}

impl Iterator for Source {
    type Item = Result<RecordBatch, ArrowError>;
    fn next(&mut self) -> Option<Self::Item> {
        self.batches.next()
    }
}

impl RecordBatchReader for Source {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.ended.fetch_add(1, Ordering::SeqCst);
    }
}

fn sizes(values: &[i64]) -> RecordBatch {
    batch(vec![("size", Arc::new(Int64Array::from(values.to_vec())))])
}

fn source(batches: Vec<Result<RecordBatch, ArrowError>>) -> (FFI_ArrowArrayStream, Arc<AtomicUsize>) {
    let ended = Arc::new(AtomicUsize::new(0));
    let schema = schema(vec![Field::new("size", DataType::Int64, true)]);
    let source = Source { schema, batches: batches.into_iter(), ended: Arc::clone(&ended) };
    (FFI_ArrowArrayStream::new(Box::new(source)), ended)
}

fn failing() -> Vec<Result<RecordBatch, ArrowError>> {
    let error = ArrowError::IoError("the disk is gone".into(), std::io::Error::other("x"));
    vec![Ok(sizes(&[50])), Ok(sizes(&[1, 60])), Err(error), Ok(sizes(&[70]))]
}

#[test]
fn batch_by_batch() {
    let (input, ended) = source(vec![Ok(sizes(&[50, 1])), Ok(sizes(&[])), Ok(sizes(&[60]))]);
    let output = score_stream(input, &rules(), options()).unwrap();
    let mut reader = RecordBatchStreamReader::try_new(output).unwrap();
    assert_eq!(reader.next().unwrap().unwrap().num_rows(), 2);
    assert_eq!(ended.load(Ordering::SeqCst), 0);
    assert_eq!(reader.next().unwrap().unwrap().num_rows(), 0);
    assert_eq!(reader.next().unwrap().unwrap().num_rows(), 1);
    assert!(reader.next().is_none());
    assert!(reader.next().is_none());
    drop(reader);
    assert_eq!(ended.load(Ordering::SeqCst), 1);
}

#[test]
fn a_table_is_all_or_nothing() {
    let (input, ended) = source(failing());
    let error = score_table(input, &rules(), options()).unwrap_err();
    assert_eq!(error.code().name(), "invalid_arrow");
    assert!(error.to_string().contains("the disk is gone"), "{error}");
    assert_eq!(ended.load(Ordering::SeqCst), 1);

    let (input, ended) = source(vec![Ok(sizes(&[50])), Ok(sizes(&[1, 60]))]);
    let scored = score_table(input, &rules(), options()).unwrap();
    assert_eq!((scores(&scored), scored.rows(), ended.load(Ordering::SeqCst)), (vec![7, 0, 7], 3, 1));
    for _ in 0..2 {
        let reader = RecordBatchStreamReader::try_new(scored.stream()).unwrap();
        assert_eq!(reader.map(|b| b.unwrap().num_rows()).collect::<Vec<_>>(), [1, 2], "each call gives a new stream");
    }
}

/// Columns that are places of texts, in batches of which one is empty and one is cut out of a longer one.
#[test]
fn places_of_texts_are_a_dictionary() {
    let texts = || StringViewArray::from(vec![Some("nobody"), Some("Directrice générale"), None, Some("Direct sales")]);
    let places = UInt32Array::from(vec![Some(0), Some(1), None, Some(2), Some(3), Some(1)]);
    let coded = |places: UInt32Array, column: &str| {
        let whole =
            batch(vec![("size", Arc::new(Int64Array::from(vec![1; places.len()]))), ("job_title", Arc::new(places))]);
        let schema = whole.schema();
        let batches = vec![Ok(whole.slice(0, 2)), Ok(whole.slice(2, 0)), Ok(whole.slice(2, whole.num_rows() - 2))];
        let ended = Arc::new(AtomicUsize::new(0));
        let source = Source { schema, batches: batches.into_iter(), ended: Arc::clone(&ended) };
        let stream = FFI_ArrowArrayStream::new(Box::new(source));
        (score_table(Incoming::from(stream).with_texts(column, texts()), &rules(), options()), ended)
    };
    let (scored, ended) = coded(places.clone(), "job_title");
    let scored = scored.unwrap();
    assert_eq!((scores(&scored), ended.load(Ordering::SeqCst)), (vec![0, 11, 0, 0, 11, 11], 1));
    let kept = scored.batches[2].column_by_name("job_title").unwrap();
    let expected = DictionaryArray::<UInt32Type>::new(places.slice(2, 4), Arc::new(texts()));
    assert_eq!(kept.as_ref(), &expected as &dyn Array);
    for (places, column) in [
        (vec![0, 0, 4], "job_title"),
        (vec![0, 0, u32::MAX], "job_title"),
        (vec![0, 0, 0], "size"),
        (vec![0, 0, 0], "title"),
    ] {
        let (refused, ended) = coded(UInt32Array::from(places), column);
        assert_eq!(refused.unwrap_err().code().name(), "invalid_arrow");
        assert_eq!(ended.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn a_stream_ends_at_its_error() {
    let (input, ended) = source(failing());
    let mut reader = RecordBatchStreamReader::try_new(score_stream(input, &rules(), options()).unwrap()).unwrap();
    assert_eq!(reader.next().unwrap().unwrap().num_rows(), 1);
    assert_eq!(reader.next().unwrap().unwrap().num_rows(), 2);
    assert!(reader.next().unwrap().unwrap_err().to_string().contains("the disk is gone"));
    assert_eq!(ended.load(Ordering::SeqCst), 1, "released at the error");
    assert!(reader.next().is_none());
    drop(reader);
    assert_eq!(ended.load(Ordering::SeqCst), 1, "and not twice");
}

#[test]
fn a_refused_table_is_released_too() {
    let (input, ended) = source(vec![]);
    let mut bad = options();
    bad.map.insert("sise".into(), "size".into());
    assert!(score_stream(input, &rules(), bad).is_err());
    assert_eq!(ended.load(Ordering::SeqCst), 1);
    let (input, ended) = source(vec![Ok(sizes(&[1]))]);
    drop(score_stream(input, &rules(), options()).unwrap());
    assert_eq!(ended.load(Ordering::SeqCst), 1, "an output that nobody reads");
    assert!(score_table(FFI_ArrowArrayStream::empty(), &rules(), options()).is_err());
}
