/// A part of a page: each defines in its own file what it shows, and how.
package protocol PagePart: Sendable {
  /// The heading.
  var heading: String { get }
  /// What the part shows, for readers: a sentence or two.
  var caption: String { get }
  /// The contents.
  var body: HTML { get }
}

extension Page.Section {
  /// Creates the section of `part`.
  package init(_ part: some PagePart) {
    self.init(heading: part.heading, caption: part.caption, body: part.body)
  }
}
