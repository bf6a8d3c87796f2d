import ImageData
import ImageModels
import ImageReports
import Interpretation
import TestEnvironment
import Testing

/// Compares means over classes and labels with scikit-learn's `f1_score(..., average="macro")`.
struct MacroFiguresTests {
  /// Returns an examination of images with the given labels and predictions.
  private func examined(
    _ labels: [String], _ source: LabelSource, _ values: [Float], _ task: ImageTask
  ) throws -> Examination {
    let folder = try TemporaryFolder()
    for row in 0..<labels.count { try folder.write("", to: "\(row).png") }
    let text = "image,label\n" + labels.enumerated().map { "\($0).png,\($1)\n" }.joined()
    let set = try ImageDataBlock(
      items: .table(ImageTableSource(file: try folder.write(text, to: "labels.csv"))),
      labels: source, splitter: .none
    ).dataSet()
    return try Examination(
      PredictionTable(width: task.outputCount, values: values), of: Array(0..<labels.count),
      in: set, for: task)
  }

  /// All labels count; one that no image has counts as 0. The command reports the same figure as the page.
  @Test func ofLabelsAllCount() throws {
    let examined = try examined(
      ["a", "a b", "b", ""], .delimited(column: "label", by: " "),
      [0.9, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1, 0.1],
      .multilabel(labels: ["a", "b", "c"], thresholds: [0.5, 0.5, 0.5]))
    let macro = try #require(examined.macroFigures)
    // The F1 scores are 1, 2/3 and 0.
    #expect(macro.count == 3 && abs(macro.f1 - 5.0 / 9) < 1e-12)
    #expect(abs(macro.precision - 2.0 / 3) < 1e-12 && abs(macro.recall - 0.5) < 1e-12)
    #expect(examined.words == "macro F1 0.5556 on 4 images")
  }

  /// Only classes that are true or predicted for some image count.
  @Test func ofClassesThoseCountThatAreThereOrGiven() throws {
    let rows: [[Float]] = [[0.8, 0.1, 0.1, 0], [0.8, 0.1, 0.1, 0], [0.1, 0.1, 0.8, 0]]
    let examined = try examined(
      ["a", "b", "b"], .column("label"), rows.flatMap(\.self),
      .classify(classes: ["a", "b", "c", "d"]))
    let macro = try #require(examined.macroFigures)
    // a is predicted correctly once and wrongly once, b is never predicted, c is predicted but not true, d neither.
    #expect(macro.count == 3 && abs(macro.f1 - 2.0 / 9) < 1e-12)
    #expect(abs(macro.precision - 0.5 / 3) < 1e-12 && abs(macro.recall - 1.0 / 3) < 1e-12)
  }

  @Test func numbersHaveNone() throws {
    let examined = try examined(
      ["1", "2"], .numbers(columns: ["label"]), [1, 2], .regress(names: ["label"], range: nil))
    #expect(examined.macroFigures == nil && examined.classFigures == nil)
  }
}
