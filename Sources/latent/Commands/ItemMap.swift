import ArgumentParser
import Learning
import Ratings
import Recommenders

/// `latent map`: the items in a plane.
struct ItemMap: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "map",
    abstract:
      "Lays the most rated items out in a plane, where those that are alike stand together.",
    discussion: """
      The plane is that of the first two components, which `latent factors` tells of. --plot draws it, with the names \
      of as many items as find room, the most rated first; the table has the places of all.
      """)

  @Option(help: ArgumentHelp("The greatest number of items.", valueName: "number"))
  var count = 1000
  @OptionGroup var rated: RatedEnoughOptions
  @Option(
    help: ArgumentHelp(
      "Draw the map to a .png or .svg, with gnuplot, or to - (the terminal), instead of a table.",
      valueName: "file"),
    transform: { try PlotTarget($0) })
  var plot: PlotTarget?
  @OptionGroup var model: ModelOptions
  @OptionGroup var output: OutputOptions
  /// As many items are named in a drawing.
  private static let mostNames = (inFile: 60, inTerminal: 20)

  func validate() throws {
    guard (3...100_000).contains(count) else {
      throw ValidationError("--count must be from 3 to 100000.")
    }
  }

  func run() throws {
    try plot?.check()
    let (found, model) = try model.components(2, minimumRatings: rated.minRatings, most: count)
    let places = found.items.indices.map { position in
      Plot.Point(
        Double(found.place(of: position, along: 0)),
        found.shares.count > 1 ? Double(found.place(of: position, along: 1)) : 0)
    }
    if let plot {
      try plot.draw([drawing(of: found, model, places, in: plot)])
      if case .file(let path) = plot { StandardError.write("wrote \(path)\n") }
      return
    }
    var table = ResultTable(["item", .title, "ratings", "x", "y"])
    for (item, place) in zip(found.items, places) {
      table.append([
        .identifier(model.items.identifier(at: item)), .optional(model.title(of: item)),
        .integer(model.ratingCount(of: item)), .score(Float(place.x)), .score(Float(place.y)),
      ])
    }
    try table.write(as: output.format)
  }

  private func drawing(
    of found: ItemComponents, _ model: any ScoredModel, _ places: [Plot.Point],
    in target: PlotTarget
  ) -> Plot {
    func name(_ position: Int) -> String {
      let item = found.items[position]
      let name = model.title(of: item) ?? model.items.identifier(at: item).description
      return name.count > 30 ? name.prefix(29) + "…" : name
    }
    let limit = target == .terminal ? Self.mostNames.inTerminal : Self.mostNames.inFile
    let named = LabelRoom(places).positions(limit) { name($0).count }
    func axis(_ component: Int) -> Plot.Axis {
      guard component < found.shares.count else { return Plot.Axis("") }
      let percent = (found.shares[component] * 1000).rounded() / 10
      return Plot.Axis("component \(component + 1) (\(percent) %)")
    }
    let what = found.basis == .vectors ? "what \(model.kind) learned" : "who rated what"
    return Plot(
      "\(places.count) items by \(what)", x: axis(0), y: axis(1),
      curves: [Plot.Curve("items", places, style: .cloud)],
      labels: named.map { Plot.Label(name($0.position), places[$0.position], isLeft: $0.isLeft) },
      height: 760)
  }
}

/// Where names find room beside their points, none over another.
private struct LabelRoom {
  /// In characters, from the lower left of a field as wide and as high as a drawing.
  private let points: [SIMD2<Double>]
  private static let field = SIMD2<Double>(102, 33)

  init(_ places: [Plot.Point]) {
    let least = places.reduce(SIMD2(repeating: .infinity)) { pointwiseMin($0, $1) }
    let greatest = places.reduce(SIMD2(repeating: -.infinity)) { pointwiseMax($0, $1) }
    let extent = pointwiseMax(greatest - least, SIMD2(repeating: .leastNormalMagnitude))
    points = places.map { ($0 - least) / extent * Self.field }
  }

  /// The first `count` positions whose names, of so many characters, find room on one side of their points.
  func positions(_ count: Int, width: (Int) -> Int) -> [(position: Int, isLeft: Bool)] {
    var taken: [(x: ClosedRange<Double>, y: Double)] = []
    var found: [(position: Int, isLeft: Bool)] = []
    for (position, point) in points.enumerated() where found.count < count {
      let width = Double(width(position) + 2)
      for isLeft in [false, true] {
        let room = isLeft ? point.x - width...point.x : point.x...point.x + width
        guard room.lowerBound > -4, room.upperBound < Self.field.x + 4,
          !taken.contains(where: { abs($0.y - point.y) < 1.2 && $0.x.overlaps(room) })
        else { continue }
        taken.append((room, point.y))
        found.append((position, isLeft))
        break
      }
    }
    return found
  }
}
