import Errors
package import Ratings

/// An item that somebody meant.
package struct NamedItem: Sendable {
  package let id: ItemID
  /// Its title, if it has one.
  package let title: String?
  /// Another item, whose title is what this one's id reads.
  package let namesake: (id: ItemID, title: String)?
}

extension RecommenderQueries {
  /// The items that `texts` mean: each the one whose id it is; else whose title it is; else whose title it is without the year
  /// in brackets at its end; else in any case, and with an article in front that the title has behind a comma; else without
  /// an article. The first of these ways by which there is one decides.
  ///
  /// Throws `ambiguousItem` with the candidates where one is the title of several; `unknownItem` with what is
  /// spelled like it. O(items) for all of them, and once more for each that is not found.
  package func items(named texts: [String]) throws(RecommendingError) -> [NamedItem] {
    let index = TitleIndex(of: model)
    return try texts.map { text throws(RecommendingError) in
      if let id = ItemID(text, as: model.items.type), let row = model.items.index(of: id) {
        let other = index.rows(titled: text).first { $0 != row }
        return NamedItem(
          id: id, title: model.title(of: row),
          namesake: other.map { (model.items.identifier(at: $0), model.title(of: $0) ?? "") })
      }
      guard let found = index.rows(named: text) else { throw unknown(text, index) }
      guard found.count == 1 else { throw ambiguous(text, found) }
      return NamedItem(
        id: model.items.identifier(at: found[0]), title: model.title(of: found[0]), namesake: nil)
    }
  }

  private func unknown(_ text: String, _ index: TitleIndex) -> RecommendingError {
    var nearest = NearestText(to: text, count: 3)
    for title in index.bareTitles { nearest.consider(title) }
    return RecommendingError(
      .unknownItem, "the model knows no item called '\(Excerpt.of(text))'", place: model.path,
      remedy: nearest.matches.isEmpty
        ? "Give the item's id, or its title."
        : "Did you mean \(nearest.matches.map { "'\($0)'" }.joined(separator: " or "))?")
  }

  private func ambiguous(_ text: String, _ found: [ItemIndex]) -> RecommendingError {
    let shown = found.prefix(8).map {
      "\(model.items.identifier(at: $0)) (\(model.title(of: $0) ?? ""))"
    }
    let rest = found.count > shown.count ? " and \(found.count - shown.count) more" : ""
    return RecommendingError(
      .ambiguousItem,
      "'\(Excerpt.of(text))' is the title of \(found.count) items", place: model.path,
      remedy: "Give the id of one: \(shown.joined(separator: ", "))\(rest).")
  }
}

/// The titles of a model's items, as people write them.
private struct TitleIndex {
  /// The rows of items by what people write, one way behind the other.
  private var ways: [[String: [ItemIndex]]] = [[:], [:], [:], [:]]

  /// O(items).
  init(of model: any ScoredModel) {
    for row in (0..<model.itemCount).map({ ItemIndex($0) }) {
      guard let title = model.title(of: row) else { continue }
      let bare = withoutYear(title)
      ways[0][title, default: []].append(row)
      ways[1][bare, default: []].append(row)
      let plain = plainTitle(title)
      ways[2][plain, default: []].append(row)
      ways[3][withoutArticle(plain), default: []].append(row)
    }
  }

  /// All titles, without years.
  var bareTitles: some Sequence<String> { ways[1].keys }

  /// The items whose title `text` is, with or without a year.
  func rows(titled text: String) -> [ItemIndex] { ways[0][text] ?? ways[1][text] ?? [] }

  /// The items that `text` names by the first way by which there are any; nil when there are none.
  func rows(named text: String) -> [ItemIndex]? {
    let plain = plainTitle(text)
    return zip(ways, [text, text, plain, withoutArticle(plain)]).lazy
      .compactMap { way, text in way[text] }.first
  }
}

/// A title without the year in brackets at its end.
private func withoutYear(_ title: String) -> String {
  let text = title.withoutSpacesAtEnd
  let year = text.dropLast().suffix(4)
  guard text.last == ")", year.count == 4, year.allSatisfy({ $0.isASCII && $0.isNumber }),
    text.dropLast(5).last == "("
  else { return title }
  let bare = text.dropLast(6).withoutSpacesAtEnd
  return bare.isEmpty ? title : String(bare)
}

extension StringProtocol {
  fileprivate var withoutSpacesAtEnd: SubSequence {
    var end = endIndex
    while end > startIndex, self[index(before: end)] == " " { end = index(before: end) }
    return self[..<end]
  }
}

private let articles = ["the", "a", "an"]

/// A title in lower case, with an article in front that stands behind a comma at its end.
private func plainTitle(_ title: String) -> String {
  let title = withoutYear(title).lowercased()
  for article in articles where title.hasSuffix(", \(article)") {
    return "\(article) \(title.dropLast(article.count + 2))"
  }
  return title
}

/// A plain title without the article in front of it.
private func withoutArticle(_ title: String) -> String {
  for article in articles where title.hasPrefix("\(article) ") {
    return String(title.dropFirst(article.count + 1))
  }
  return title
}
