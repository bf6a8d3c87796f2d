import ArgumentParser
import Interactions
import Learning
import Ratings

/// `latent stats`: shows statistics of the ratings.
struct Stats: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show statistics of the ratings: scale, long tail, over time, newest items.",
    discussion: """
      Each line is a statistic with its section: data, values, tail, time (the value is the mean rating), newest \
      (the items with the latest first ratings). JSON and CSV have the same lines. \
      The Gini coefficient is 0 if all items have the same number of ratings, and near 1 if a few have nearly all. \
      --plot draws the scale, the long tail and the ratings over time. Reads all ratings once.
      """)

  @Option(
    help: ArgumentHelp(
      "Also draw to a .png or .svg, with gnuplot, or to - (the terminal).", valueName: "file"),
    transform: { try PlotTarget($0) })
  var plot: PlotTarget?
  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions
  /// The number of newest items to list.
  private static let newestCount = 5

  func run() throws {
    try plot?.check()
    let store = try store.open()
    let rated = try RatedStore(store)
    let statistics = rated.statistics
    guard statistics.ratingCount > 0 else {
      throw CommandFailure(
        "\(store.name) holds no ratings yet", remedy: "Import some with `latent import`.")
    }
    var table = ResultTable(
      ["section", ResultTable.Column("name", fit: .cut), "ratings", "share", "value"],
      labelCount: 2)
    for figure in try figures(rated, in: store) {
      table.append([
        .text(figure.section), .text(figure.name), .optional(figure.ratings),
        .optional(
          figure.ratings.map { Double($0) / Double(statistics.ratingCount) }, decimals: 3),
        figure.value,
      ])
    }
    try table.write(as: output.format)
    if let plot {
      try plot.draw(Self.plots(of: statistics))
      if case .file(let path) = plot { StandardError.write("wrote \(path)\n") }
    }
  }

  /// A line: its section and name, the number of ratings that it is about, and the statistic.
  private typealias Figure = (
    section: String, name: String, ratings: Int?, value: ResultTable.Cell
  )

  private func figures(_ rated: RatedStore, in store: any RatingsStore) throws -> [Figure] {
    let statistics = rated.statistics
    func number(_ value: Double, _ decimals: Int = 3) -> ResultTable.Cell {
      .number(value, decimals: decimals)
    }
    var figures: [Figure] = [
      ("data", "ratings", statistics.ratingCount, .missing),
      ("data", "users", nil, .integer(statistics.userCount)),
      ("data", "items with ratings", nil, .integer(statistics.itemCount)),
      ("data", "items", nil, .integer(try store.summary().itemCount)),
      ("data", "share of all pairs rated", nil, number(statistics.density, 5)),
      ("values", "mean", nil, number(statistics.mean)),
      ("values", "standard deviation", nil, number(statistics.deviation)),
    ]
    figures += statistics.values.map { bar in
      ("values", "rated \(bar.key)", bar.count, .missing)
    }
    for (name, spread) in [("a user", statistics.perUser), ("an item", statistics.perItem)] {
      figures += [
        ("tail", "ratings of \(name), least", nil, .integer(spread.least)),
        ("tail", "ratings of \(name), median", nil, .integer(spread.median)),
        ("tail", "ratings of \(name), mean", nil, number(spread.mean, 1)),
        ("tail", "ratings of \(name), most", nil, .integer(spread.greatest)),
      ]
    }
    for percent in [1, 10, 20] {
      let share = statistics.ratingShare(ofTop: Double(percent) / 100)
      let count = Int((share * Double(statistics.ratingCount)).rounded())
      figures.append(("tail", "of the \(percent) % most rated items", count, .missing))
    }
    figures.append(
      ("tail", "items with one rating", nil, .integer(statistics.counts.count { $0 == 1 })))
    figures.append(("tail", "Gini coefficient of items", nil, number(statistics.gini)))
    figures += statistics.periods.map { period in
      ("time", period.key, period.count, number(period.mean))
    }
    let newest = rated.newestItems(Self.newestCount)
    let titles = try StoreLookup(store).titles(of: newest.map(\.item))
    figures += newest.map { item, row, time in
      (
        "newest", titles[item] ?? item.description, Int(statistics.counts[row]),
        .text(time.description)
      )
    }
    return figures
  }

  /// Returns the plots of the scale, the long tail, and the ratings over time, as far as there are data.
  private static func plots(of statistics: RatingStatistics) -> [Plot] {
    var plots: [Plot] = []
    if statistics.values.count > 1 {
      plots.append(
        Plot(
          "Ratings by value", x: Plot.Axis("value"), y: Plot.Axis("ratings"),
          curves: [
            Plot.Curve(
              "ratings",
              statistics.values.map { Plot.Point(Double($0.key), Double($0.count)) },
              style: .bars)
          ]))
    }
    let counts = statistics.counts.sorted(by: >)
    plots.append(
      Plot(
        "The long tail: items by their ratings",
        x: Plot.Axis("item, the most rated first", isLogarithmic: true),
        y: Plot.Axis("ratings", isLogarithmic: true),
        curves: [
          Plot.Curve(
            "items",
            counts.enumerated().map { Plot.Point(Double($0.offset + 1), Double($0.element)) }
              .thinned(isLogarithmic: true))
        ]))
    if statistics.periods.count > 1 {
      plots.append(
        Plot(
          "Ratings by time", x: Plot.Axis(Self.unit(of: statistics.periods[0].key)),
          y: Plot.Axis("ratings"),
          curves: [
            Plot.Curve(
              "ratings",
              statistics.periods.enumerated().map { number, period in
                Plot.Point(Self.place(of: period.key) ?? Double(number), Double(period.count))
              }, style: .dottedLine)
          ]))
    }
    return plots
  }

  /// Returns the unit of the horizontal axis, from the form of `period`.
  private static func unit(of period: String) -> String {
    switch period.count {
    case 4: "year"
    case 7: "year, in months"
    default: "year, in days"
    }
  }

  /// Returns `2018`, `2018-07` or `2018-07-30` as a year with a fraction.
  private static func place(of period: String) -> Double? {
    let parts = period.split(separator: "-").compactMap { Double($0) }
    guard let year = parts.first else { return nil }
    let month = parts.count > 1 ? parts[1] - 1 : 0
    let day = parts.count > 2 ? parts[2] - 1 : 0
    return year + month / 12 + day / 372
  }
}
