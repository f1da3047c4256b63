"""Pages that are like a description are about it, by judgements of real news: what the default cosine rests on.

judged_descriptions.csv: a description, the number of an article, and 1 where its headline is about what is described.
The articles were drawn evenly from those at a cosine of 0.1 or more, and of 0.07 to 0.1, ten or fewer of each band.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from models.relevance.train import TrainingText, train
from models.text import tokens
from service.domain.ads.targeting.similarity import SIMILAR, DescriptionIndex
from service.domain.index.article_index import TermVector
from tests.quality.news_articles import NewsArticle

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

BELOW = 0.07
DESCRIPTIONS = {
    "boats": "Sailing boats, yachts and sea voyages: hire a boat for your holiday on the coast",
    "evs": "Electric cars and charging at home: batteries, range, the end of petrol and diesel engines",
    "football": "Football shirts and boots for fans: league matches, goals, clubs, players and managers",
    "mortgage": "Mortgages and home loans: house prices, interest rates, buying a first home, landlords and rent",
    "phones": "Smartphones and tablets: new phones from Apple, Samsung and Huawei, screens, batteries, cameras",
    "flights": "Cheap flights and airline tickets: airports, airlines, passengers, holidays abroad",
    "fitness": "Gym membership and fitness classes: exercise, running, losing weight, healthy diet",
    "films": "Cinema tickets: new films, actors, directors, Oscars and box office",
    "security": "Cyber security software: hackers, passwords, stolen data, malware and privacy of computers",
    "bank": "Savings accounts and shares: stock market, investors, banks, bonds and the economy",
    "health": "Health insurance and doctors: hospitals, patients, nurses, treatment, health care costs",
    "tv": "Streaming service with drama series and comedy: television shows, episodes, Netflix",
    "space": "Telescopes and books on astronomy: planets, NASA, rockets, stars and Mars",
    "food": "Restaurant guide and recipes: chefs, cooking, meals, wine",
    "school": "Private tutoring for pupils: schools, teachers, exams, university students",
    "pets": "Pet food and vets: dogs, cats, puppies, animals at home",
    "fashion": "Fashion sale: dresses, shoes, designers, models on the catwalk",
    "music": "Concert tickets and albums: singers, bands, pop songs, Grammy awards",
    "energy": "Solar panels and wind power: renewable energy, climate change, lower electricity bills",
    "games": "Video games and consoles: Nintendo, PlayStation, Xbox, players and virtual reality",
    "landing-ev": (
        "Drive the new Volta, our first fully electric family car. The battery takes you four hundred kilometres on"
        " one charge, and a fast charger on the motorway fills it in half an hour. Charge overnight at home for a "
        "third of what petrol or diesel costs. No engine noise, no exhaust, no road tax. Book a test drive at a "
        "dealer near you, choose your colour and interior, and order with a grant from the government for electric "
        "vehicles. Eight years of warranty on the battery, five on the car."
    ),
    "landing-film": (
        "Book tickets for this week's new films at Roxy cinemas. See the Oscar winners on the big screen, the "
        "latest thriller, comedies and films for the family, with reclining seats and the best sound in the city. "
        "Members see every movie they like for one monthly price, watch premieres before anyone else and meet "
        "directors and actors at question and answer evenings. Check the box office times, pick your seat and pay "
        "online."
    ),
    "landing-mortgage": (
        "Buying your first home? Our mortgage advisers compare loans of forty banks and find the interest rate that"
        " suits you. Fixed for two, five or ten years, with a deposit from five per cent. Remortgage when your deal"
        " ends and lower your monthly payments. We help landlords too, with buy-to-let loans for flats and houses "
        "to rent. See what you can borrow, what house prices do in your area, and get a decision in principle "
        "today."
    ),
    "landing-flights": (
        "Fly from Dublin, London or Berlin to a hundred airports in Europe from nineteen euros. Travel light with "
        "cabin luggage, or add a bag and choose your seat. Passengers who book early fly cheapest; our airline's "
        "app sends your boarding pass and tells of delays at the gate. Find holidays with flight and hotel, hire a "
        "car at the airport, and collect miles on every ticket."
    ),
}


def test_nine_pages_of_ten_that_are_like_a_description_are_about_it(
    news: tuple[NewsArticle, ...], news_by_id: Mapping[int, NewsArticle]
) -> None:
    model = train([TrainingText(str(a.id), a.title, a.text, "en") for a in news], now=0.0).model
    index = DescriptionIndex(
        [*DESCRIPTIONS.values()], lambda text: TermVector(*model.encode_terms(tokens(text, "en"))), model.power
    )
    cosines, about = [], []
    judgements = Path(__file__).with_name("judged_descriptions.csv").read_text("utf-8")
    for row in csv.DictReader(judgements.splitlines()):
        article = news_by_id[int(row["article"])]
        page = TermVector(*model.encode(article.title, article.text, "en"))
        cosines.append(index.parts(page, DESCRIPTIONS[row["description"]])[0])
        about.append(row["about"] == "1")
    near, judged = np.array(cosines), np.array(about)
    like, less = near >= SIMILAR, (near >= BELOW) & (near < SIMILAR)
    assert like.sum() >= 80
    assert judged[like].mean() >= 0.9
    assert 0.5 <= judged[less].mean() <= 0.75
