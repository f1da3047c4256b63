"""tantivy's more-like-this over the same articles, as a search engine would be asked for related ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import tantivy

from service.adapters.files.index.segment.compact import CompactRows

WRITER_BYTES = 100_000_000


class MoreLikeThis:
    """An index in memory of articles whose words are the numbers of their terms, each once."""

    def __init__(self, rows: CompactRows, top: int) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("words", stored=True)
        builder.add_unsigned_field("row", stored=True, indexed=True)
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        self._top = top
        writer = self._index.writer(WRITER_BYTES, 1)
        for row in range(rows.scales.size):
            words = rows.numbers[rows.indptr[row] : rows.indptr[row + 1]].tolist()
            document = tantivy.Document(words=" ".join(f"w{word}" for word in words))
            document.add_unsigned("row", row)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def nearest(self, row: int) -> npt.NDArray[np.int64]:
        """Returns the rows that it finds most like this one, the row itself included."""
        own = self._searcher.search(tantivy.Query.term_query(self._schema, "row", row), 1).hits[0][1]
        query = tantivy.Query.more_like_this_query(own, min_term_frequency=1, max_query_terms=25)
        hits = self._searcher.search(query, self._top).hits
        return np.array([self._searcher.doc(address)["row"][0] for _, address in hits], np.int64)
