import Foundation
import ImageData
import ImageModels
import ImageReports
import Interpretation
import TestEnvironment
import Testing

/// Tests which labels are suspected for each task.
struct LabelSuspectsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Returns a data set from a table whose files are never opened.
  private func set(_ rows: [String], _ labels: LabelSource) throws -> ImageDataSet {
    for row in 0..<rows.count { try folder.write("", to: "\(row).png") }
    let text = "image,label\n" + rows.enumerated().map { "\($0).png,\($1)\n" }.joined()
    let path = try folder.write(text, to: "labels.csv")
    return try ImageDataBlock(
      items: .table(ImageTableSource(file: path)), labels: labels, splitter: .none
    ).dataSet()
  }

  @Test func ofLabelsOneThatIsGivenOrLeftOutWrongly() throws {
    var random = SplitMix64(seed: 2)
    let truth = (0..<80).map { _ in (0..<3).map { _ in Bool.random(using: &random) } }
    var labels = truth
    labels[11][0].toggle()
    labels[40][2].toggle()
    let names = ["cat", "dog", "owl"]
    let set = try set(
      labels.map { own in zip(names, own).filter(\.1).map(\.0).joined(separator: " ") },
      .delimited(column: "label", by: " "))
    let predictions = PredictionTable(
      width: 3,
      values: truth.enumerated().flatMap { image, own in
        own.map { isTrue -> Float in
          let noise =
            [11, 40].contains(image) ? -0.08 : Float.random(in: -0.08...0.08, using: &random)
          return isTrue ? 0.9 - noise : 0.1 + noise
        }
      })
    let examined = try Examination(
      predictions, of: Array(0..<80), in: set,
      for: .multilabel(labels: names, thresholds: [0.5, 0.5, 0.5]))
    let suspects = LabelSuspects(examined)
    #expect(Set(suspects.ranked.prefix(2).map(\.image)) == [11, 40])
    #expect((2...5).contains(suspects.estimatedCount) && suspects.ranked.count == 80)
    // The total counts 240 labels, three for each of 80 images. The number of doubted images is that of images with a
    // doubted label.
    #expect(
      suspects.words.hasPrefix("\(suspects.estimatedCount) of 240 labels (80 images, "),
      "\(suspects.words)")
    #expect(suspects.labelCount == 240)
    #expect(suspects.likelyImageCount == suspects.ranked.count { $0.isLikely })
    #expect(suspects.likelyImageCount >= 2)
    let suspect = try #require(suspects.ranked.first { $0.image == 11 })
    #expect(suspect.isLikely && suspect.labels.contains("cat") == labels[11][0])
    #expect(suspect.suggested == names.indices.filter { truth[11][$0] }.map { names[$0] })
    #expect(suspect.why.contains(labels[11][0] ? "cat given" : "cat left out"))
  }

  @Test func ofNumbersTheFarthestOff() throws {
    var random = SplitMix64(seed: 3)
    let truth = (0..<60).map { _ in Float.random(in: 0...1, using: &random) }
    var labels = truth
    labels[7] += 5
    let set = try set(labels.map { "\($0)" }, .numbers(columns: ["label"]))
    let examined = try Examination(
      PredictionTable(
        width: 1, values: truth.map { $0 + Float.random(in: -0.1...0.1, using: &random) }),
      of: Array(0..<60), in: set, for: .regress(names: ["label"], range: nil))
    let suspects = LabelSuspects(examined)
    #expect(suspects.ranked[0].image == 7 && suspects.ranked[0].isLikely)
    #expect(suspects.estimatedCount == 1 && suspects.ranked[0].why.hasPrefix("off by "))
  }

  /// Points are ranked by their error relative to the point's typical error; the second point always has the larger
  /// errors.
  @Test func ofPointsTheFarthestOff() throws {
    var random = SplitMix64(seed: 4)
    var labels = (0..<60).map { _ in
      (0..<4).map { _ in Float.random(in: 10...50, using: &random) }
    }
    let predictions = labels.flatMap { point in
      zip(point, [1, 1, 6, 6]).map { $0 + $1 * Float.random(in: -1...1, using: &random) }
    }
    labels[7][0] += 9
    labels[7][1] += 12
    for row in labels.indices { try folder.write("", to: "\(row).png") }
    let path = try folder.write(
      "image,ax,ay,bx,by\n"
        + labels.enumerated().map { row, own in
          "\(row).png," + own.map { "\($0)" }.joined(separator: ",") + "\n"
        }.joined(), to: "points.csv")
    let set = try ImageDataBlock(
      items: .table(ImageTableSource(file: path)),
      labels: .points(columns: ["ax", "ay", "bx", "by"]), splitter: .none
    ).dataSet()
    let examined = try Examination(
      PredictionTable(width: 4, values: predictions), of: Array(0..<60), in: set,
      for: .points(names: ["a", "b"]))
    let suspects = LabelSuspects(examined)
    #expect(suspects.ranked.count == 60 && suspects.estimatedCount == 1)
    let first = suspects.ranked[0]
    #expect(first.image == 7 && first.isLikely && first.labels.count == 4)
    #expect(first.why.hasPrefix("a off by 1"), "\(first.why)")
    #expect(examined.actualPoints(7) == labels[7])
  }

  @Test func ofClassesAsConfidentLearningHasIt() throws {
    let set = try set(["a", "a", "a", "b", "b", "b"], .column("label"))
    let table = PredictionTable(
      width: 2, values: [0.9, 0.1, 0.8, 0.2, 0.25, 0.75, 0.2, 0.8, 0.7, 0.3, 0.3, 0.7])
    let examined = try Examination(
      table, of: Array(0..<6), in: set, for: .classify(classes: ["a", "b"]))
    let suspects = LabelSuspects(examined)
    #expect(suspects.ranked.prefix(2).map(\.image) == [2, 4])
    #expect(suspects.ranked[0].labels == ["a"] && suspects.ranked[0].suggested == ["b"])
    #expect(suspects.ranked.prefix(2).allSatisfy { $0.isLikely } && suspects.estimatedCount == 2)
    #expect(examined.isRight(0) == true && examined.isRight(2) == false)
    #expect(examined.worstOutput(of: 2) == 1)
    #expect(throws: ImageDataError.self) {
      try Examination(table, of: Array(0..<6), in: set, for: .classify(classes: ["a", "c"]))
    }
  }
}
