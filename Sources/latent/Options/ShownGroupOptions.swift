import ArgumentParser
import ImageData
import ImageReports

/// The groups to report results for, independent of the split.
struct ShownGroupOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Report results by a column, folder or pattern:REGEX, without changing the split (default: the groups of "
        + "--group-by).", valueName: "column"))
  var groups: String?

  /// Sets the groups of `examined`, an examination of `set`. Throws if an image has none.
  func apply(to examined: inout Examination, of set: ImageDataSet) throws {
    guard let groups else { return }
    let all = try ImageDataOptions.groups(groups).groups(of: set.items)
    examined.groups = examined.items.map { all[$0] }
  }
}
