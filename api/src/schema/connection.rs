//! Relay connections, from one helper: pages of lists that are known whole.

use async_graphql::SimpleObject;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::fault::{Code, Fault};

/// Items of a page without `first`.
const PAGE: usize = 20;
/// Items of a page at most.
const PAGE_AT_MOST: usize = 100;

/// An object that stands in a list at a place of its own.
pub(crate) trait Listed {
    /// Its key, unique in the list; cursors hold it, so that they stay right while the list changes.
    fn key(&self) -> String;
}

/// Where a page stands in its list.
/// 分页信息。
#[derive(SimpleObject)]
pub(crate) struct PageInfo {
    /// Whether more items follow.
    /// 之后是否还有条目。
    has_next_page: bool,
    /// Whether items come before.
    /// 之前是否还有条目。
    has_previous_page: bool,
    /// The cursor of the page's first item; null if it is empty.
    /// 本页第一条的游标；空页为 null。
    start_cursor: Option<String>,
    /// The cursor of the page's last item; null if it is empty.
    /// 本页最后一条的游标；空页为 null。
    end_cursor: Option<String>,
}

impl PageInfo {
    /// Where a page stands whose list is not known whole.
    pub(crate) fn new(
        has_previous_page: bool,
        has_next_page: bool,
        start_cursor: Option<String>,
        end_cursor: Option<String>,
    ) -> Self {
        Self { has_next_page, has_previous_page, start_cursor, end_cursor }
    }
}

/// A page of a list, before it is an object of the schema.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<(String, T)>,
    pub(crate) page_info: PageInfo,
    pub(crate) total: usize,
}

impl<T: Listed> Page<T> {
    /// The page that begins after a cursor.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for a page size out of range, `INVALID_CURSOR` for a cursor that this list did not give.
    pub(crate) fn of(all: Vec<T>, first: Option<i32>, after: Option<&str>) -> async_graphql::Result<Self> {
        let size = size(first)?;
        let total = all.len();
        let skip = match after {
            None => 0,
            Some(cursor) => {
                let key = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                let place = key.and_then(|key| all.iter().position(|item| item.key() == key));
                place.map(|place| place + 1).ok_or_else(invalid_cursor)?
            }
        };
        let items: Vec<(String, T)> =
            all.into_iter().skip(skip).take(size).map(|item| (URL_SAFE_NO_PAD.encode(item.key()), item)).collect();
        let page_info = PageInfo {
            has_next_page: skip + items.len() < total,
            has_previous_page: skip > 0,
            start_cursor: items.first().map(|(cursor, _)| cursor.clone()),
            end_cursor: items.last().map(|(cursor, _)| cursor.clone()),
        };
        Ok(Self { items, page_info, total })
    }
}

/// How many items a page may have.
///
/// # Errors
/// `INVALID_ARGUMENT` for a page size out of range.
pub(crate) fn size(first: Option<i32>) -> Result<usize, Fault> {
    match first {
        None => Ok(PAGE),
        Some(first) => usize::try_from(first).ok().filter(|size| *size <= PAGE_AT_MOST).ok_or_else(|| {
            Fault::new(
                Code::InvalidArgument,
                format!("`first` 为 {first}；应在 0 至 {PAGE_AT_MOST} 之间"),
                format!("`first` is {first}; it must be from 0 to {PAGE_AT_MOST}"),
            )
        }),
    }
}

/// What is told of a cursor that a list did not give.
pub(crate) fn invalid_cursor() -> Fault {
    Fault::new(Code::InvalidCursor, "`after` 不是此列表给出的游标", "`after` is not a cursor that this list gave")
}

/// What a page costs to ask for: its items, times what is asked of each.
pub(crate) fn price(first: Option<i32>, child: usize) -> usize {
    let size = first.and_then(|first| usize::try_from(first).ok()).unwrap_or(PAGE).min(PAGE_AT_MOST);
    1 + size.max(1) * child
}

/// The connection and the edge type of an object.
macro_rules! connection {
    ($node:ty, $connection:ident, $edge:ident) => {
        /// A page of a list.
        /// 列表的一页。
        #[derive(async_graphql::SimpleObject)]
        pub(crate) struct $connection {
            /// The items of the page with their cursors.
            /// 本页条目及游标。
            edges: Vec<$edge>,
            /// The items of the page.
            /// 本页条目。
            nodes: Vec<$node>,
            /// Where the page stands in the list.
            /// 分页信息。
            page_info: $crate::schema::connection::PageInfo,
            /// How many items the whole list has.
            /// 列表总条数。
            total_count: usize,
        }

        /// An item of a list and its cursor.
        /// 列表条目及其游标。
        #[derive(async_graphql::SimpleObject)]
        pub(crate) struct $edge {
            /// The cursor: pass it as `after` to go on from here.
            /// 游标：作为 `after` 传入即从此处继续。
            cursor: String,
            /// The item.
            /// 条目。
            node: $node,
        }

        impl From<$crate::schema::connection::Page<$node>> for $connection {
            fn from(page: $crate::schema::connection::Page<$node>) -> Self {
                Self {
                    nodes: page.items.iter().map(|(_, node)| node.clone()).collect(),
                    edges: page.items.into_iter().map(|(cursor, node)| $edge { cursor, node }).collect(),
                    page_info: page.page_info,
                    total_count: page.total,
                }
            }
        }
    };
}

pub(crate) use connection;
