import Evaluation
import Interactions
import Pages
import Ratings
import Recommenders

/// The items in two dimensions, by the two main components of what the model learned.
struct ItemMapPart: ReportPart {
  let heading = "A map of items"
  let caption: String
  let body: HTML
  /// The maximum number of items drawn, and of items labelled.
  private static let (mostItems, mostNames) = (ItemComponents.coRatedLimit, 24)

  init?(_ data: ReportData) {
    let models = [data.subject.model, data.subject.predictor].compactMap(\.self)
    let model = models.first(where: \.itemsHaveVectors) ?? data.subject.model
    guard let components = ItemComponents(of: model, count: 2, most: Self.mostItems),
      components.shares.count == 2
    else { return nil }
    let shown = components.items
    let counts = shown.map { model.ratingCount(of: $0) }
    let places = shown.indices.map { position in
      (
        x: Double(components.place(of: position, along: 0)),
        y: Double(components.place(of: position, along: 1))
      )
    }
    guard let horizontal = places.map(\.x).bounds, let vertical = places.map(\.y).bounds else {
      return nil
    }
    caption =
      switch components.basis {
      case .vectors:
        """
        The \(shown.count) items with the most ratings, by the first two principal components of their \
        \(model.kind) vectors. Items close together are liked by the same people; a larger dot has more ratings.
        """
      case .coRatings:
        """
        The \(shown.count) items with the most ratings, by the first two axes of a correspondence analysis of \
        users and items. Items close together are rated by the same people; a larger dot has more ratings.
        """
      }
    let drawing = Drawing(
      horizontal: horizontal.withRoom, vertical: vertical.withRoom, height: 480, left: 16)
    let most = Double(counts[0])
    func name(_ position: Int) -> String {
      data.title(of: model.items.identifier(at: shown[position]))
    }
    let points = places.enumerated().reversed().map { position, place -> HTML in
      let radius = 1.5 + 5 * (Double(counts[position]) / max(1, most)).squareRoot()
      return drawing.point(
        place.x, place.y, radius: radius, "first faint",
        "\(name(position)), \(counts[position]) ratings")
    }
    var placement = LabelPlacement(width: Drawing.width, letter: 6.5, line: 14)
    var names: [HTML] = []
    for (position, place) in places.enumerated() where names.count < Self.mostNames {
      let title = name(position)
      let text = title.count > 28 ? title.prefix(27) + "…" : title
      let (x, y) = (drawing.horizontal(place.x), drawing.vertical(place.y))
      guard let side = placement.place(text, atX: x, y: y) else { continue }
      names.append(
        """
        <text class="halo" text-anchor="\(side == .left ? "end" : "start")" \
        x="\(at: side == .left ? x - 8 : x + 8)" y="\(at: y + 4)">\(text)</text>
        """)
    }
    body = drawing.svg("a map of items", x: nil, y: nil, "\(points)\(names)")
  }
}
