"""How much a text is about sensitive topics: compared with descriptions of them, and of harmless things like them."""

from models.topics.scoring import HARMLESS, LANGUAGES, TOPICS, TopicScorer, topic_scorer

__all__ = ["HARMLESS", "LANGUAGES", "TOPICS", "TopicScorer", "topic_scorer"]
