import ImageModels
import Testing

/// Tasks and their kinds.
struct ImageTaskTests {
  /// The names are used in scripts and training records.
  @Test func kindsHaveTheNamesOfTheCommandLine() {
    let tasks: [(ImageTask, String)] = [
      (.classify(classes: ["a", "b"]), "classify"),
      (.multilabel(labels: ["a"], thresholds: [0.5]), "multilabel"),
      (.regress(names: ["a"], range: nil), "regress"), (.points(names: ["a"]), "points"),
    ]
    #expect(tasks.map(\.0.kind) == ImageTask.Kind.allCases)
    for (task, name) in tasks {
      #expect(task.name == name && ImageTask.Kind(rawValue: name) == task.kind)
    }
  }
}
