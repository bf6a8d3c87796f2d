import Errors
import Foundation
import Learning
import TestEnvironment
import Testing

@Suite struct PlotTests {
  private let curve = LRCurve(
    points: (0..<100).map { step in
      let rate = 1e-7 * pow(1e8, Double(step) / 100)
      let x = log10(rate)
      return LRCurve.Point(
        rate: rate, loss: 1 + 2 / (1 + exp(3 * (x + 2.5))) + pow(max(0, x + 1), 2))
    })

  private func progress(_ step: Int, of count: Int) -> TrainingProgress {
    TrainingProgress(
      of: TrainingPlan(epochCount: 1, stepsPerEpoch: count), epoch: 1, step: step,
      StepResult(
        loss: 2, trainingLoss: 1 + 1 / Double(step),
        gradientStep: GradientStep(
          number: step, rateFactor: Double(step) / Double(count), momentum: 0.9,
          peakRates: [0.01])), elapsed: .zero)
  }

  /// Records four epochs with a total of `count` steps.
  private func steps(_ count: Int) -> StepRecorder {
    let recorder = StepRecorder()
    for step in 1...count {
      recorder.stepDidEnd(progress(step, of: count))
      guard step * 4 % count == 0 else { continue }
      let epoch = step * 4 / count
      _ = recorder.epochDidEnd(
        EpochRecord(
          epoch: epoch, trainingLoss: 1, validationLoss: 1 + 1 / Double(epoch), elapsed: .zero))
    }
    return recorder
  }

  /// On a logarithmic axis, the first points remain visible.
  @Test func thinningFollowsTheAxis() {
    let points = (0..<100_000).map { Plot.Point(Double($0), 0) }
    let even = points.thinned(to: 100)
    #expect(even.count == 100 && even[1].x > 1000 && even.last == points.last)
    let logarithmic = points.thinned(to: 100, isLogarithmic: true)
    #expect(logarithmic.count <= 100 && logarithmic.last == points.last)
    #expect(logarithmic.prefix(5) == points.prefix(5))
    #expect(points.prefix(50).map { $0 }.thinned(isLogarithmic: true).count == 50)
  }

  @Test func cloudsBarsAndLabelsAreDrawn() {
    let points = [Plot.Point(0, 0), .init(1, 4), .init(2, 2)]
    for style in [Plot.Curve.Style.cloud, .bars] {
      let plot = Plot(
        "Some", x: .init("x"), y: .init("y"), curves: [.init("points", points, style: style)],
        labels: [.init("first", points[0]), .init("last", points[2], isLeft: true)])
      let text = TerminalPlot(plot, width: 20, height: 5).text
      #expect(text.contains("A first") && text.contains("B last"))
    }
  }

  private var gnuplotIsThere: Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .contains { FileManager.default.isExecutableFile(atPath: "\($0)/gnuplot") }
  }

  @Test func suggestionsAreMarkedOnTheCurve() {
    let suggestions = LRSuggestions(curve)
    let plot = Plot(curve, suggestions)
    #expect(plot.curves[0].points.count == 85)
    #expect(plot.marks.map(\.name) == ["steepest", "minimum", "valley", "slide"])
    #expect(plot.marks.map(\.point.x) == suggestions.all.compactMap(\.rate))
    for mark in plot.marks {
      let nearest = curve.points.min {
        abs(log($0.rate / mark.point.x)) < abs(log($1.rate / mark.point.x))
      }
      #expect(nearest?.loss == mark.point.y)
    }
  }

  @Test func manyStepsAreThinned() {
    let recorder = steps(9000)
    let plot = Plot.losses(recorder)
    #expect(plot.curves.map(\.name) == ["training", "validation"])
    let training = plot.curves[0].points
    #expect(training.count == 2000 && training[0].x == 1 && training[1999].x == 9000)
    #expect(plot.curves[1].points.map(\.x) == [2250, 4500, 6750, 9000])
    // Another training: an epoch that stopped early, and one without validation.
    for _ in 0..<10 { recorder.stepDidEnd(progress(1, of: 1)) }
    _ = recorder.epochDidEnd(
      EpochRecord(epoch: 1, trainingLoss: 1, validationLoss: 3, elapsed: .zero))
    _ = recorder.epochDidEnd(
      EpochRecord(epoch: 2, trainingLoss: 1, validationLoss: nil, elapsed: .zero))
    #expect(Plot.losses(recorder).curves[1].points.map(\.x) == [2250, 4500, 6750, 9000, 9010])
    #expect(Plot.schedule(recorder).map(\.title) == ["Learning rate", "Momentum"])
  }

  @Test func drawsLinesInTheTerminal() {
    let plot = Plot(
      "Rise", x: .init("x"), y: .init("y"),
      curves: [.init("line", [.init(0, 0), .init(1, 1)])], marks: [.init("top", .init(1, 1))])
    let text = TerminalPlot(plot, width: 4, height: 2).text
    #expect(
      text.split(separator: "\n").map { $0.drop { $0 == " " } } == [
        "Rise (y)", "1 ┤  ⡠A", "0 ┤⡠⠊", "└────", "0 x 1", "⠒ line", "A top 1",
      ], "\(text)")
  }

  @Test func equalFactorsAreEqualWaysOnALogarithmicAxis() {
    let points = [Plot.Point(1, 1), .init(1, 100), .init(100, 1), .init(100, 100)]
    let plot = Plot(
      "Root", x: .init("x", isLogarithmic: true), y: .init("y", isLogarithmic: true),
      curves: [.init("corners", points, style: .dottedLine)],
      marks: [.init("middle", .init(10, 10))])
    let lines = TerminalPlot(plot, width: 9, height: 5).text.split(separator: "\n")
    #expect(
      lines[1...5].map { $0.drop { $0 != "│" && $0 != "┤" }.dropFirst() } == [
        "o       o", "", "    A", "", "o       o",
      ], "\(lines)")
    #expect(lines[3].hasPrefix(" 10 "))
  }

  @Test func marksStandBesideEachOtherAndNamesFit() {
    let marks = (0..<6).map { Plot.Mark("suggestion", .init(1000 + Double($0), 1)) }
    let plot = Plot(
      "Loss", x: .init("x"), y: .init("loss"),
      curves: [.init("line", [.init(1, 0), .init(12608, 2)])], marks: marks)
    let lines = TerminalPlot(plot, width: 60, height: 5).text.split(separator: "\n")
    // The title replaces the axis label.
    #expect(lines[0].drop { $0 == " " } == "Loss")
    #expect(Set("ABCDEF").isSubset(of: lines[3]), "\(lines[3])")
    #expect(lines[7].hasSuffix(" 12608") && lines[7].contains(" 1 "), "\(lines[7])")
    #expect(lines.count == 11 && lines.allSatisfy { $0.count <= 64 })
    #expect(lines[8].contains("⠒ line   A suggestion 1000   B suggestion 1001"))
    #expect(lines[10].contains("F suggestion 1005"))
    // A single curve needs no legend beside the title.
    let alone = Plot("Rate", x: .init("x"), y: .init("rate"), curves: Array(plot.curves))
    #expect(!TerminalPlot(alone).text.contains("line"))
  }

  @Test func barsFillUp() {
    for (share, expected) in [
      (0, "[    ]"), (0.25, "[█   ]"), (0.5, "[██  ]"), (0.6, "[██▍ ]"), (1, "[████]"),
      (1.5, "[████]"), (-1, "[    ]"), (.nan, "[    ]"),
    ] { #expect(ProgressBar(share, width: 4).text == expected) }
  }

  @Test func whatCannotBeShownIsLeftOut() {
    let plot = Plot(
      "Odd", x: .init("x", isLogarithmic: true), y: .init("y", isLogarithmic: true),
      curves: [
        .init(
          "line", [.init(0, 1), .init(1, -1), .init(.nan, 1), .init(1, .infinity), .init(2, 3)])
      ])
    let text = TerminalPlot(plot, width: 8, height: 2).text
    #expect(text.contains("2 ") && text.contains("3 ") && !text.contains("inf"), "\(text)")
    let empty = Plot("Empty", x: .init("x"), y: .init("y"), curves: [])
    #expect(TerminalPlot(empty).text.contains("Empty"))
  }

  @Test(arguments: ["png", "svg", "PNG"]) func drawsIntoFiles(_ suffix: String) throws {
    guard gnuplotIsThere else { return }
    let folder = try TemporaryFolder()
    let path = folder.path("it's a plot.\(suffix)")
    let recorder = steps(500)
    let odd = Plot(
      "It's \"odd\"\n`touch '\(folder.path("ran"))'` `touch \(folder.path("ran"))`", x: .init("x"),
      y: .init("y"), curves: [.init("'", [])])
    let plots = [Plot(curve, LRSuggestions(curve)), Plot.losses(recorder), odd]
    try Gnuplot.draw(plots + Plot.schedule(recorder), to: path)
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let start = suffix == "svg" ? Data("<?xml".utf8) : Data([0x89, 0x50, 0x4E, 0x47])
    #expect(data.starts(with: start) && data.count > 5000)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
  }

  @Test func saysWhyNothingIsDrawn() throws {
    let folder = try TemporaryFolder()
    let wrong = #expect(throws: PlotError.self) { try Gnuplot.check(folder.path("plot.jpeg")) }
    #expect(wrong?.code == .unknownFormat)
    guard gnuplotIsThere else { return }
    let nowhere = #expect(throws: PlotError.self) {
      try Gnuplot.draw([Plot(curve, LRSuggestions(curve))], to: folder.path("no/plot.png"))
    }
    #expect(nowhere?.code == .failed)
    let known = #expect(throws: PlotError.self) {
      try Gnuplot.check(folder.path("no/such/plot.svg"))
    }
    #expect(known?.code == .failed)
    try Gnuplot.check(folder.path("plot.svg"))
  }
}
