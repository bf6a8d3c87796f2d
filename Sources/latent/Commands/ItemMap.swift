import ArgumentParser
import Learning
import Pages
import Ratings
import Recommenders

/// `latent map`: shows the items in a plane.
struct ItemMap: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "map",
    abstract:
      "Map the most rated items to a plane, with similar items close together.",
    discussion: """
      The axes are the first two components, which `latent factors` shows. --plot draws the map, with the names \
      of as many items as there is room for, the most rated first; the table has the coordinates of all.
      """)

  @Option(help: ArgumentHelp("The maximum number of items.", valueName: "number"))
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
  /// The maximum number of item names in a drawing.
  private static let mostNames = (inFile: 60, inTerminal: 20)

  func validate() throws {
    guard (3...100_000).contains(count) else {
      throw ValidationError("--count must be from 3 to 100000.")
    }
    guard plot == nil || output.format == .table else {
      throw ValidationError("--plot draws instead of writing a table: leave out --format.")
    }
  }

  func run() throws {
    try plot?.check()
    let (found, model) = try model.components(2, minimumRatings: rated.minRatings)
    let places = found.items.indices.prefix(count).map { position in
      Plot.Point(
        Double(found.place(of: position, along: 0)),
        found.shares.count > 1 ? Double(found.place(of: position, along: 1)) : 0)
    }
    if let plot {
      try plot.draw([drawing(of: found, model, places, in: plot)])
      if case .file(let path) = plot { StandardError.write("wrote \(path)\n") }
      return
    }
    let facts = found.facts(of: model, for: output.format)
    var table = ResultTable(["item", .title, "ratings", "x", "y"] + facts.columns)
    for (item, place) in zip(found.items, places) {
      table.append(
        [
          .identifier(model.items.identifier(at: item)), .optional(model.title(of: item)),
          .integer(model.ratingCount(of: item)), .score(Float(place.x)), .score(Float(place.y)),
        ] + facts.cells)
    }
    try table.write(as: output.format)
    if output.format == .table { StandardError.write("\(found.words(for: model))\n") }
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
    let field = LabelPlacement.Field(places, width: 825, height: 585)
    var placement = LabelPlacement(width: field.width, letter: 8, line: 17)
    let limit = target == .terminal ? Self.mostNames.inTerminal : Self.mostNames.inFile
    var labels: [Plot.Label] = []
    for (position, place) in places.enumerated() where labels.count < limit {
      let name = name(position)
      let point = field.point(place)
      guard let side = placement.place(name, atX: point.x, y: point.y) else { continue }
      labels.append(Plot.Label(name, place, isLeft: side == .left))
    }
    func axis(_ component: Int) -> Plot.Axis {
      guard component < found.shares.count else { return Plot.Axis("") }
      let percent = (found.shares[component] * 1000).rounded() / 10
      return Plot.Axis("component \(component + 1) (\(percent) %)")
    }
    return Plot(
      found.words(for: model), x: axis(0), y: axis(1),
      curves: [Plot.Curve("items", places, style: .cloud)],
      labels: labels, height: 760)
  }
}

extension LabelPlacement {
  /// The area that points are drawn in, from the lower left.
  fileprivate struct Field {
    let width: Double
    let height: Double
    private let least: Plot.Point
    private let extent: Plot.Point

    init(_ places: [Plot.Point], width: Double, height: Double) {
      (self.width, self.height) = (width, height)
      least = places.reduce(SIMD2(repeating: .infinity)) { pointwiseMin($0, $1) }
      let greatest = places.reduce(SIMD2(repeating: -.infinity)) { pointwiseMax($0, $1) }
      extent = pointwiseMax(greatest - least, SIMD2(repeating: .leastNormalMagnitude))
    }

    func point(_ place: Plot.Point) -> Plot.Point {
      (place - least) / extent * Plot.Point(width, height)
    }
  }
}
