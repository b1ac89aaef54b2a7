/* The order of the search's results: sections that define the word, then pages with it in a heading, then the
   glossary and the index, then other pages; lessons in their order; exercises and solutions after all of them. */
var Scorer = {
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
  score: ([page, title, anchor, description, score]) => {
    if (/^chapters\/(glossary|index)$/.test(page)) score += 1;
    if (/^(exercises|solutions)\//.test(page)) score -= 200;
    const number = /\/(\d+)_/.exec(page);
    return score - (number ? number[1] / 100 : 0.5);
  },
};
