import Evaluation
import Interactions
import Ratings
import Recommenders

/// The items by the two directions in which what was learned of them differs most.
struct ItemMapPart: ReportPart {
  let heading = "A map of items"
  let caption: String
  let body: HTML
  /// The most items that are drawn, and that are named.
  private static let (mostItems, mostNames) = (1500, 24)

  init?(_ data: ReportData) {
    guard
      let model = [data.subject.model, data.subject.predictor].compactMap(\.self)
        .first(where: { $0.itemVectorLength > 1 && $0.itemCount > 2 })
    else { return nil }
    let counts = (0..<model.itemCount).map { model.ratingCount(of: ItemIndex($0)) }
    let shown = counts.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }.prefix(Self.mostItems)
    guard
      let places = PrincipalComponents.places(
        of: Self.vectors(shown, in: model), length: model.itemVectorLength),
      let horizontal = places.map(\.x).bounds, let vertical = places.map(\.y).bounds
    else { return nil }
    caption = """
      The \(shown.count) items with the most ratings, by the first two principal components of what \
      \(model.kind) has learned of them. Items that stand close together are liked by the same people; a larger dot \
      has more ratings.
      """
    let drawing = Drawing(
      horizontal: horizontal.withRoom, vertical: vertical.withRoom, height: 480, left: 16)
    let most = Double(counts[shown[0]])
    func name(_ row: Int) -> String { data.title(of: model.items.identifier(at: ItemIndex(row))) }
    let points = zip(shown, places).reversed().map { row, place -> HTML in
      let radius = 1.5 + 5 * (Double(counts[row]) / max(1, most)).squareRoot()
      return drawing.point(
        place.x, place.y, radius: radius, "first faint", "\(name(row)), \(counts[row]) ratings")
    }
    // A name stands where none stands yet.
    var taken: [(x: Double, y: Double, width: Double)] = []
    var names: [HTML] = []
    for (row, place) in zip(shown, places) where names.count < Self.mostNames {
      let title = name(row)
      let text = title.count > 28 ? title.prefix(27) + "…" : title
      let (x, y) = (drawing.horizontal(place.x), drawing.vertical(place.y))
      let width = 6.5 * Double(text.count)
      let isLeft = x + 8 + width > Drawing.width
      let start = isLeft ? x - 8 - width : x + 8
      guard
        !taken.contains(where: {
          abs($0.y - y) < 14 && start < $0.x + $0.width && $0.x < start + width
        })
      else { continue }
      taken.append((start, y, width))
      names.append(
        """
        <text class="halo" text-anchor="\(isLeft ? "end" : "start")" x="\(at: isLeft ? x - 8 : x + 8)" \
        y="\(at: y + 4)">\(text)</text>
        """)
    }
    body = drawing.svg("a map of items", x: nil, y: nil, "\(points)\(names)")
  }

  /// The vectors of items in the given rows, row-major.
  private static func vectors(_ rows: some Sequence<Int>, in model: any ScoredModel) -> [Double] {
    let length = model.itemVectorLength
    return model.withItemVectors { vectors in
      rows.flatMap { row in (0..<length).map { Double(vectors[row * length + $0]) } }
    }
  }
}
