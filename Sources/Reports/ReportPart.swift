import Pages

/// A part of a report's page: a file that says what it shows, and how; ``ReportPage/parts`` lists them.
protocol ReportPart: Sendable {
  /// What it shows of `data`; nil where there is nothing to show.
  init?(_ data: ReportData)
  /// Its heading.
  var heading: String { get }
  /// What is to be seen in it, for people: a sentence or two.
  var caption: String { get }
  /// Its contents.
  var body: HTML { get }
}
