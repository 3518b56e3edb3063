/** What this is, and what it does and does not protect. */

/** The section. */
export function About() {
  return (
    <section aria-labelledby="about">
      <h2 id="about">About</h2>
      <p>Lockstep {__LOCKSTEP_VERSION__}. Your devices in lockstep, your server in the dark.</p>
      <div class="two-lists">
        <div>
          <h3>The server cannot read</h3>
          <ul>
            <li>notes, titles, tags, and which section a note is in</li>
            <li>what you search for</li>
            <li>your passphrase, or anything made of it</li>
          </ul>
        </div>
        <div>
          <h3>The server does see</h3>
          <ul>
            <li>how many notes there are, and roughly how long each is</li>
            <li>when and from which device each was changed</li>
          </ul>
        </div>
      </div>
      <p class="hint">
        A server that hands out changed program code could read what is typed into it. Use a server
        that you trust to hand out the right one; installing the app narrows the risk.
      </p>
    </section>
  );
}
